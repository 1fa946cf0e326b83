import { typicalBatch, type Plan, type TypicalBatch } from '../plan/index.ts'
import { sequencesOf } from './algorithms/roles.ts'
import { estimate, type EstimateOptions } from './estimate.ts'
import type { Estimate } from './result.ts'

/**
 * A typical micro-batch beside the longest, which `estimate` simulates and which decides whether a run survives. Null where the plan gives
 * no lengths or every row is filled.
 */
export function estimateTypical (plan: Plan, options: EstimateOptions = {}): { readonly batch: TypicalBatch, readonly estimate: Estimate } | null {
  const batch = typicalBatch(plan, sequencesOf(plan))
  if (!batch) return null
  const { lengths: _, padToMultipleOf: __, ...data } = plan.data
  const result = estimate({ ...plan, data: { ...data, sequenceLength: batch.typical } }, { ...options, depth: 'fast' })
  return result.ok ? { batch, estimate: result.value } : null
}
