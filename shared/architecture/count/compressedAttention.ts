import type { CompressedAttention } from '../attention.ts'
import type { LayerShape } from '../layerRuns.ts'

/** DeepSeek V4: low-rank queries, one K = V with its norm, grouped low-rank output, sinks, and the layer's compressor. */
export function compressedAttention (a: LayerShape, c: CompressedAttention): number {
  const queryWidth = a.heads * a.headDim
  const q = a.hiddenSize * c.qLoraRank + c.qLoraRank + c.qLoraRank * queryWidth
  const kv = a.hiddenSize * a.headDim + a.headDim
  const o = queryWidth * c.outputLoraRank + c.outputGroups * c.outputLoraRank * a.hiddenSize
  return q + kv + o + a.heads + compressor(a, c)
}

/** Ratio 128: one projection pair. Ratio 4: overlapping windows, so twice as wide, and an indexer with its own compressor. */
function compressor (a: LayerShape, c: CompressedAttention): number {
  switch (a.compressRatio) {
    case 128: return pool(a.hiddenSize, a.headDim, 128, 1)
    case 4: {
      const indexer = pool(a.hiddenSize, c.indexHeadDim, 4, 2) + c.qLoraRank * c.indexHeads * c.indexHeadDim + a.hiddenSize * c.indexHeads
      return pool(a.hiddenSize, a.headDim, 4, 2) + indexer
    }
    default: return 0
  }
}

/** Values and their pooling weights, a position table of `ratio` rows, and a norm. */
function pool (hiddenSize: number, width: number, ratio: number, overlap: number): number {
  return 2 * hiddenSize * overlap * width + ratio * overlap * width + width
}
