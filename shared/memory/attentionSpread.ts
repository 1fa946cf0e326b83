import { sequencesOf } from './algorithms/roles.ts'
import type { ResolvedPlan } from './resolvedPlan.ts'

/**
 * Bytes that the workspace of cuDNN's attention kernels may take beside what FlashAttention 2 does in the backward pass: another fp32
 * accumulator as large as q. cuDNN asks for it at run time and does not publish its size.
 */
export function attentionSpread ({ plan, architecture }: ResolvedPlan): number {
  if (plan.runtime.attention !== 'cudnn') return 0
  return 4 * sequencesOf(plan) * plan.data.sequenceLength * architecture.heads * architecture.headDim
}
