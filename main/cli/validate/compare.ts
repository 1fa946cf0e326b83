import { estimate, type PhasePeak } from '#shared/memory/index.ts'
import { describeProblem, type Plan } from '#shared/plan/index.ts'
import { comparePublished } from './publishedCompare.ts'
import { phaseKey, type Inexpressible, type TruthRow } from './row.ts'

export interface PhaseError {
  readonly phase: string
  readonly predicted: number
  readonly truth: number
  /** predicted / truth − 1 */
  readonly error: number
  /** Given where the estimate is an interval, which it is for reserved and total memory. */
  readonly interval?: Interval
}

export interface Interval {
  readonly low: number
  readonly high: number
}

export interface Comparison {
  readonly row: TruthRow
  /** The row's overall peak: signed relative error. */
  readonly peak: PhaseError
  readonly phases: readonly PhaseError[]
  /** A published run whose interval reaches past the card: there the allocator may give cached segments back, which is not simulated. */
  readonly nearCapacity?: boolean
}

const relative = (phase: string, predicted: number, truth: number): PhaseError => ({ phase, predicted, truth, error: predicted / truth - 1 })

/** Predicts one row. A plan that the engine refuses makes the row inexpressible, with the engine's reason. */
export function compare (row: TruthRow): Comparison | Inexpressible {
  if (row.published) return comparePublished(row, row.published)
  const result = estimate(row.plan, { depth: 'fast' })
  if (!result.ok) return { id: row.id, reason: result.problems.map((p) => describeProblem(p)).join(' ') }
  const predicted = highestByKey(result.value.phases, row.plan)
  const phases = [...row.phases].flatMap(([key, truth]) => {
    const phase = find(predicted, key)
    return phase ? [relative(key, phase.peak, truth)] : []
  })
  // A trace of one step is compared with the phases it has, not with the steady state that the estimate adds.
  const highest = Math.max(...phases.map((p) => p.predicted))
  return { row, peak: relative('peak', highest, row.peak), phases }
}

/** The highest of the phases of one name in a micro-batch. The tracer names a pass after its model: with adapters off the policy is its own reference. */
function highestByKey (phases: readonly PhasePeak[], plan: Plan): Map<string, PhasePeak> {
  const isOwnReference = plan.preference?.reference === 'adapters-off'
  const highest = new Map<string, PhasePeak>()
  for (const phase of phases) {
    const key = phaseKey(isOwnReference && phase.kind === 'reference' ? 'policy-without-gradient' : phase.kind, phase.step, phase.micro)
    const before = highest.get(key)
    if (!before || phase.peak > before.peak) highest.set(key, phase)
  }
  return highest
}

/** Micro-batches after the second equal the second. */
function find (predicted: ReadonlyMap<string, PhasePeak>, key: string): PhasePeak | undefined {
  const [kind, position] = key.split(' ') as [string, string]
  const [step, micro] = position.split('.') as [string, string]
  return predicted.get(key) ?? predicted.get(phaseKey(kind, step, Math.min(1, Number(micro))))
}
