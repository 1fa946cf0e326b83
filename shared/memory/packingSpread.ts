import { isFlashPackage, isFlattened, readsBoundaries, rowsOf, samplesOf } from './modules/packing.ts'
import type { ResolvedPlan } from './resolvedPlan.ts'

/** Tokens of the shortest samples that a packed row is expected to consist of. */
const SHORTEST_MEAN = 128

/**
 * Bytes that FlashAttention's backward pass may take more than simulated, because a packed row has more samples than assumed: 128 rows of
 * its fp32 accumulator for each (csrc/flash_attn/flash_api.cpp mha_varlen_bwd).
 */
export function packingSpread ({ plan, architecture }: ResolvedPlan): number {
  if (plan.data.packing !== 'packed' || !readsBoundaries(plan)) return 0
  const more = Math.max(0, Math.ceil(rowsOf(plan).length / SHORTEST_MEAN) - samplesOf(plan))
  return more * 128 * architecture.heads * (Math.ceil(architecture.headDim / 32) * 32 + 1) * 4
}

/**
 * Bytes that attention may keep less than simulated, because of padded rows FlashAttention gets the real tokens only: one row of the
 * longest batch is the longest, the others may be short. Of one block under checkpointing, of all without.
 */
export function unpaddedSpread ({ plan, architecture: { heads, kvHeads, headDim }, places }: ResolvedPlan): number {
  const { rows, length } = rowsOf(plan)
  if (!plan.data.padding || !isFlashPackage(plan.runtime)) return 0
  const blocks = plan.runtime.checkpointing === 'none' ? places.length : 1
  return (rows - 1) * length * blocks * (2 * (2 * heads + 2 * kvHeads) * headDim + 4 * heads)
}

/** Bytes of the mask that tells samples apart where FlashAttention does not, for one layer; 0 where there is none. */
export function packedMaskBytes ({ plan }: ResolvedPlan): number {
  if (!isFlattened(plan) || readsBoundaries(plan)) return 0
  return rowsOf(plan).length ** 2
}
