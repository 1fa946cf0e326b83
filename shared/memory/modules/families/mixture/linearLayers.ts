import type { Architecture } from '../../../../architecture/architecture.ts'
import type { LatentAttention } from '../../../../architecture/attention.ts'
import type { MixtureSpec } from './spec.ts'

type Layer = readonly [string, readonly [number, number]]

/**
 * The nn.Linear layers of the blocks that an adapter may target. Experts are bare parameters, and PEFT takes the names of a dense
 * MLP in these models for the expert stacks (peft/utils/transformers_weight_conversion.py), which is not simulated; only
 * Granite's shared MLP has names of its own.
 */
export function linearLayers (a: Architecture, { attention, mlp }: MixtureSpec): ReadonlyMap<string, readonly [number, number]> {
  const { hiddenSize: h, moe } = a
  const shared = moe?.sharedExperts?.intermediateSize ?? 0
  return new Map<string, readonly [number, number]>([
    ...(a.mla ? latentLayers(a, a.mla) : headLayers(a, attention)),
    ...(mlp.layout === 'fused' && shared > 0 ? [[mlp.up[0]!, [2 * shared, h]] as const, [mlp.down, [h, shared]] as const] : [])
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
