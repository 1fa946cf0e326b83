import type { ResolvedPlan } from './resolvedPlan.ts'

/**
 * What a loop over experts may take more than simulated, in bytes: it is simulated with tokens spread evenly. What is kept for the
 * backward pass is the same however they are spread; the gradients of one expert's tokens are not. In the worst case one expert
 * gets all tokens: three gradients as wide as the hidden state and four as wide as the expert, in fp32 at most.
 */
export function expertLoopSpread ({ plan, architecture: { moe, hiddenSize } }: ResolvedPlan): number {
  if (!moe || (plan.runtime.experts ?? 'grouped-mm') === 'grouped-mm') return 0
  const tokens = plan.data.microBatch * plan.data.sequenceLength
  const evenly = Math.ceil(tokens * moe.expertsPerToken / moe.experts)
  return Math.max(0, tokens - evenly) * (3 * hiddenSize + 4 * moe.intermediateSize) * 4
}

/** Experts over all layers beyond which every block on one tape would take longer than a user waits. */
const MOST_EXPERTS = { loop: 8_000, modules: 1_500 }

/** Whether a loop over experts is only run over a few layers and extrapolated, whatever depth is asked for. */
export function loopsTooLong ({ plan: { runtime: { experts = 'grouped-mm' } }, architecture: { moe }, places }: ResolvedPlan): boolean {
  return moe !== undefined && experts !== 'grouped-mm' && moe.experts * places.length > MOST_EXPERTS[experts]
}
