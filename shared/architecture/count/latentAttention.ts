import type { LatentAttention } from '../attention.ts'
import type { LayerShape } from '../layerRuns.ts'

/** DeepSeek's MLA: down-projections with a norm, up-projections to all heads (transformers' DeepseekV3Attention). */
export function latentAttention (a: LayerShape, m: LatentAttention): number {
  const queryWidth = a.heads * (m.qkNopeHeadDim + m.qkRopeHeadDim)
  const latentWidth = m.kvLoraRank + m.qkRopeHeadDim
  const valueWidth = a.heads * m.vHeadDim

  const q = m.qLoraRank === null
    ? a.hiddenSize * queryWidth
    : a.hiddenSize * m.qLoraRank + m.qLoraRank + m.qLoraRank * queryWidth
  const kv = a.hiddenSize * latentWidth + m.kvLoraRank + m.kvLoraRank * a.heads * (m.qkNopeHeadDim + m.vHeadDim)
  const o = valueWidth * a.hiddenSize
  const biases = a.attentionBias === 'all' ? (m.qLoraRank ?? 0) + latentWidth + a.hiddenSize : 0
  return q + kv + o + biases + (m.outputGate ? a.hiddenSize * valueWidth : 0) + indexer(a, m)
}

/** DeepSeek V3.2, GLM-5: queries from their latent, one key with a LayerNorm, and a weight per head. */
function indexer (a: LayerShape, { indexer, qLoraRank }: LatentAttention): number {
  if (!indexer) return 0
  const { heads, headDim } = indexer
  return (qLoraRank ?? a.hiddenSize) * heads * headDim + a.hiddenSize * headDim + a.hiddenSize * heads + 2 * headDim
}
