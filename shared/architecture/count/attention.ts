import type { LayerShape } from '../layerRuns.ts'
import { compressedAttention } from './compressedAttention.ts'
import { latentAttention } from './latentAttention.ts'

/** Parameters of one layer's attention, of whichever kind it is. */
export function attention (shape: LayerShape): number {
  if (shape.mla) return latentAttention(shape, shape.mla)
  if (shape.compressedAttention) return compressedAttention(shape, shape.compressedAttention)
  return multiHeadAttention(shape)
}

/** q, k, v and o with grouped K and V heads, biases, QK-norm, gate and sinks (transformers' LlamaAttention and its kin). */
function multiHeadAttention (a: LayerShape): number {
  const queryWidth = a.heads * a.headDim
  const keyWidth = a.kvHeads * a.headDim
  const valueHeadDim = a.vHeadDim ?? a.headDim
  const valueWidth = a.kvHeads * valueHeadDim

  const q = a.hiddenSize * queryWidth
  const k = a.kvShared ? 0 : a.hiddenSize * keyWidth
  const v = a.kvShared || a.kEqV ? 0 : a.hiddenSize * valueWidth
  const o = a.heads * valueHeadDim * a.hiddenSize

  let biases = 0
  if (a.attentionBias === 'qkv' || a.attentionBias === 'all') biases += queryWidth + keyWidth + valueWidth
  if (a.attentionBias === 'o' || a.attentionBias === 'all') biases += a.hiddenSize

  return q + k + v + o + biases + outputGate(a, q) + qkNorm(a, queryWidth, keyWidth) + (a.attnSinks ? a.heads : 0)
}

function outputGate (a: LayerShape, q: number): number {
  if (a.attnOutputGate === 'elementwise') return q
  return a.attnOutputGate === 'headwise' ? a.hiddenSize * a.heads : 0
}

function qkNorm (a: LayerShape, queryWidth: number, keyWidth: number): number {
  switch (a.qkNorm) {
    case null: return 0
    case 'head': return a.kvShared ? a.headDim : 2 * a.headDim
    case 'full': return queryWidth + keyWidth
    case 'head_ln': return 4 * a.headDim
  }
}
