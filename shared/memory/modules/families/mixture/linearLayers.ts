import type { Architecture } from '../../../../architecture/architecture.ts'
import type { LatentAttention } from '../../../../architecture/attention.ts'
import { convertsNames, expertNames } from '../../moe/peftNames.ts'
import type { MixtureSpec } from './spec.ts'

type Layer = readonly [string, readonly [number, number]]

/**
 * The nn.Linear layers of the blocks that an adapter may target. Experts are bare parameters; where PEFT takes the names of a
 * dense MLP for them, those of the dense and shared MLPs cannot be had.
 */
export function linearLayers (a: Architecture, spec: MixtureSpec, modules = false): ReadonlyMap<string, readonly [number, number]> {
  const { attention, mlp, outputGate } = spec
  const { hiddenSize: h, moe, heads, headDim } = a
  const converted = convertsNames(a.modelType) && !modules
  const shared = moe?.sharedExperts?.intermediateSize ?? 0
  const width = mlp.layout === 'fused' ? shared : Math.max(shared, hasDenseLayers(a) ? a.intermediateSize : 0)
  return new Map<string, readonly [number, number]>([
    ...(a.mla ? latentLayers(a, a.mla) : headLayers(a, attention)),
    ...(outputGate && !converted ? [[outputGate.name, [outputGate.per === 'head' ? heads : heads * headDim, h]] as const] : []),
    ...(spec.indexer ? indexerLayers(a) : []),
    ...(width > 0 && (mlp.layout === 'fused' || !converted)
      ? [...mlp.up.map((name): Layer => [name, [mlp.layout === 'fused' ? 2 * width : width, h]]), [mlp.down, [h, width]] as const]
      : []),
    ...(modules && moe ? expertLayers(a, moe.intermediateSize, width) : [])
  ])
}

/** Experts that are MLPs of their own share their names with the dense and shared MLPs. */
function expertLayers ({ modelType, hiddenSize: h }: Architecture, own: number, other: number): Layer[] {
  const [gate, up, down] = expertNames(modelType)
  const width = Math.max(own, other)
  return [[gate, [width, h]], [up, [width, h]], [down, [h, width]]]
}

function indexerLayers ({ hiddenSize: h, mla, layerGroups }: Architecture): Layer[] {
  const full = layerGroups?.find((group) => group.mla?.indexer)?.mla ?? mla
  if (!full?.indexer) return []
  const { indexer: { heads, headDim }, qLoraRank } = full
  return [['wq_b', [heads * headDim, qLoraRank ?? h]], ['wk', [headDim, h]], ['weights_proj', [heads, h]]]
}

function hasDenseLayers (a: Architecture): boolean {
  const { moe, layers, layerGroups } = a
  if (layerGroups) return layerGroups.some((group) => group.ffn === 'mlp' && group.count > 0)
  return moe !== undefined && (moe.denseFirst > 0 || moe.everyNth > 1 || (moe.denseLayers ?? []).some((i) => i < layers))
}

function headLayers ({ hiddenSize: h, heads, kvHeads, headDim, vHeadDim = headDim }: Architecture, { projections, out }: MixtureSpec['attention']): Layer[] {
  const widths = [heads * headDim, kvHeads * headDim, kvHeads * vHeadDim]
  if (projections.length === 1) return [[projections[0]!, [widths[0]! + 2 * widths[1]!, h]], [out, [h, widths[0]!]]]
  return [...projections.map((name, i): Layer => [name, [widths[i]!, h]]), [out, [h, heads * vHeadDim]]]
}

/** The layers of multi-head latent attention. */
export function latentLayers ({ hiddenSize: h, heads, headDim }: Architecture, { qLoraRank, kvLoraRank, qkNopeHeadDim, qkRopeHeadDim, vHeadDim }: LatentAttention): Layer[] {
  const query = heads * headDim
  return [
    ...(qLoraRank === null ? [['q_proj', [query, h]] as const] : [['q_a_proj', [qLoraRank, h]] as const, ['q_b_proj', [query, qLoraRank]] as const]),
    ['kv_a_proj_with_mqa', [kvLoraRank + qkRopeHeadDim, h]],
    ['kv_b_proj', [heads * (qkNopeHeadDim + vHeadDim), kvLoraRank]],
    ['o_proj', [h, heads * vHeadDim]]
  ]
}
