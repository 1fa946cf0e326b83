import type { Architecture } from '../../../../architecture/architecture.ts'
import type { LatentAttention } from '../../../../architecture/attention.ts'
import type { MixtureSpec } from './spec.ts'

type Layer = readonly [string, readonly [number, number]]

/** The nn.Linear layers of the blocks by name. Experts are bare parameters; dense and shared MLPs have the same names, the larger one is given. */
export function linearLayers (a: Architecture, { attention, mlp }: MixtureSpec): ReadonlyMap<string, readonly [number, number]> {
  const { hiddenSize: h, moe } = a
  const dense = moe && (moe.denseFirst > 0 || moe.everyNth > 1 || moe.denseLayers?.length) ? a.intermediateSize : 0
  const f = Math.max(dense, moe?.sharedExperts?.intermediateSize ?? 0)
  return new Map<string, readonly [number, number]>([
    ...(a.mla ? latentLayers(a, a.mla) : headLayers(a, attention)),
    ...(f === 0 ? [] : [...mlp.up.map((name) => [name, [f, h]] as const), [mlp.down, [h, f]] as const])
  ])
}

function headLayers ({ hiddenSize: h, heads, kvHeads, headDim }: Architecture, { projections, out }: MixtureSpec['attention']): Layer[] {
  const [query, key] = [heads * headDim, kvHeads * headDim]
  return [...projections.map((name, i): Layer => [name, [i === 0 ? query : key, h]]), [out, [h, query]]]
}

function latentLayers ({ hiddenSize: h, heads, headDim }: Architecture, { qLoraRank, kvLoraRank, qkNopeHeadDim, qkRopeHeadDim, vHeadDim }: LatentAttention): Layer[] {
  const query = heads * headDim
  return [
    ...(qLoraRank === null ? [['q_proj', [query, h]] as const] : [['q_a_proj', [qLoraRank, h]] as const, ['q_b_proj', [query, qLoraRank]] as const]),
    ['kv_a_proj_with_mqa', [kvLoraRank + qkRopeHeadDim, h]],
    ['kv_b_proj', [heads * (qkNopeHeadDim + vHeadDim), kvLoraRank]],
    ['o_proj', [h, heads * vHeadDim]]
  ]
}
