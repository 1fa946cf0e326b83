import { dimension, shape, type Shape, type Tensor } from '../tape/index.ts'
import type { AttentionGeometry } from './attention.ts'

/* What the backward passes of the flash kernels allocate for themselves. */

type Buffer = readonly [extent: Shape, elementSize: number, role: string]

const ceilTo = (n: number, multiple: number): number => Math.ceil(n / multiple) * multiple

/**
 * FlashAttention 2 (csrc/flash_attn/flash_api.cpp mha_bwd; torch carries the same): an fp32 dq accumulator and softmax_d rounded up to
 * 128 rows; dk and dv expanded to all heads under grouped queries. mha_varlen_bwd: 128 rows more for every sample.
 */
export function flash2Workspace (q: Tensor, k: Tensor, { batch, sequence, heads, headDim, samples }: AttentionGeometry): Buffer[] {
  const rows = samples ? dimension(`${sequence.symbol}+128n`, sequence.size + 128 * samples.size) : dimension('⌈s⌉₁₂₈', ceilTo(sequence.size, 128))
  const width = dimension('⌈d⌉', ceilTo(headDim.size, headDim.size <= 128 ? 32 : 64))
  const expanded: Buffer[] = k.elements === q.elements ? [] : [[q.shape, q.elementSize, 'expanded dk'], [q.shape, q.elementSize, 'expanded dv']]
  return [[shape(batch, heads, rows), 4, 'softmax_d'], [shape(batch, rows, heads, width), 4, 'dq accumulator'], ...expanded]
}

/** Widths that FlashAttention 3 has kernels for (hopper/flash_api.cpp round_up_headdim). */
const FLASH3_WIDTHS = [64, 96, 128, 192, 256] as const

/**
 * FlashAttention 3 (hopper/flash_api.cpp mha_bwd, causal, rows of equal length): softmax_d, the log-sum-exp in base 2 and dq in fp32,
 * rounded up to the kernel's block of queries; under grouped queries dk and dv accumulate in fp32 for the heads of K, rounded up to its
 * block of keys; an int32 per block of queries.
 */
export function flash3Workspace (q: Tensor, k: Tensor, { batch, sequence, heads, kvHeads, headDim, samples }: AttentionGeometry): Buffer[] {
  // Samples end to end: a block more for each (total_q_padded_rounded).
  const padded = (block: number): number => ceilTo(sequence.size + (samples?.size ?? 0) * block, block)
  const width = FLASH3_WIDTHS.find((w) => headDim.size <= w) ?? headDim.size
  const blockOfQueries = width <= 64 ? 128 : 64
  const blockOfKeys = width <= 128 ? 128 : width <= 192 ? 96 : 80
  const rows = dimension('⌈s⌉', padded(blockOfQueries))
  const keys = dimension('⌈s⌉', padded(blockOfKeys))
  const wide = dimension('⌈d⌉', width)
  const grouped: Buffer[] = k.elements === q.elements ? [] : ['dk accumulator', 'dv accumulator'].map((role) => [shape(batch, kvHeads, keys, wide), 4, role])
  return [
    [shape(batch, heads, rows), 4, 'softmax_d'],
    [shape(batch, heads, rows), 4, 'log-sum-exp in base 2'],
    [shape(batch, heads, rows, wide), 4, 'dq accumulator'],
    ...grouped,
    [shape(dimension('blocks', rows.size / blockOfQueries), batch, heads), 4, 'dq semaphore']
  ]
}
