import { estimate, type Estimate } from '#shared/memory/index.ts'
import { describeProblem } from '#shared/plan/index.ts'
import type { Comparison, PhaseError } from './compare.ts'
import type { Inexpressible, PublishedRun, TruthRow } from './row.ts'

/** Holds an estimate with replayed allocator against what was measured: allocated, reserved and total memory. */
export function comparePublished (row: TruthRow, run: PublishedRun): Comparison | Inexpressible {
  const result = estimate(row.plan, { computeCapability: run.computeCapability })
  if (!result.ok) return { id: row.id, reason: `not expressible: ${result.problems.map((p) => describeProblem(p)).join(' ')}` }
  const { total } = result.value
  if (run.outOfMemory) {
    return { id: row.id, reason: 'not scored: the run ran out of memory', outOfMemory: { capacity: run.capacity, expected: total.expected, high: total.high } }
  }
  if (holdsRoutedTokens(result.value)) return { id: row.id, reason: 'not scored: single experts’ tokens lie at the peak, and how they were routed is not stated' }
  const phases = [...row.phases].map(([metric, truth]) => errorOf(metric, truth, result.value))
  return { row, peak: phases[0]!, phases, nearCapacity: run.capacity !== null && total.high > run.capacity }
}

/** Whether the peak depends on how many tokens an expert got: it is simulated with as many for each. */
const holdsRoutedTokens = ({ plan, partsOf, peakPhase }: Estimate): boolean =>
  (plan.runtime.experts ?? 'grouped-mm') !== 'grouped-mm' && partsOf(peakPhase).some(({ shape }) => shape[0]?.symbol === EXPERT_TOKENS)

/** The symbol of one expert's tokens in the engine's extents. */
const EXPERT_TOKENS = 'n'

function errorOf (metric: string, truth: number, { allocated, reserved, total }: Estimate): PhaseError {
  if (metric === 'allocated') return { phase: metric, predicted: allocated, truth, error: allocated / truth - 1 }
  const { expected, low, high } = metric === 'reserved' ? reserved : total
  return { phase: metric, predicted: expected, truth, error: expected / truth - 1, interval: { low, high } }
}
