import type { Plan } from '#shared/plan/index.ts'

/** A ground-truth row brought to one form: the plan that expresses it, and the peaks that were traced. */
export interface TruthRow {
  readonly id: string
  /** Rows of a class share the settings that decide which rules apply. */
  readonly rowClass: string
  readonly plan: Plan
  /** `forward 0.1` → bytes of max_memory_allocated in that phase, library workspaces not included. */
  readonly phases: ReadonlyMap<string, number>
  readonly peak: number
  /** Given for a published measurement: `phases` are then metrics (`allocated`, `reserved`, `nvidia-smi`), `peak` the row's own. */
  readonly published?: PublishedRun
}

export type MeasuredMetric = 'allocated' | 'reserved' | 'nvidia-smi'

export interface PublishedRun {
  /** The run died of it: nothing was measured, but the estimate must not say that it fits. */
  readonly outOfMemory: boolean
  /** Of the card it ran on; null where the catalog does not know it. */
  readonly computeCapability: string | null
  /** Bytes of the card. */
  readonly capacity: number | null
}

/** Why a row cannot be expressed as a plan. */
export interface Inexpressible {
  readonly id: string
  readonly reason: string
  /** For a published run that ran out of memory: what the estimate says of it. */
  readonly outOfMemory?: OutOfMemory
}

export interface OutOfMemory {
  readonly capacity: number | null
  readonly expected: number
  readonly high: number
}

export type Reading = TruthRow | Inexpressible

export const isExpressible = (reading: Reading): reading is TruthRow => 'plan' in reading

/** Key of a phase: kind, optimizer step and micro-batch. */
export const phaseKey = (kind: string, step: number | string, micro: number | string): string => `${kind} ${step}.${micro}`

/** The class of a plan: what the summary groups by. */
export function classOf (plan: Plan, tied: boolean): string {
  const { method, runtime, data, precision, optimizer } = plan
  return [
    method.kind,
    tied ? 'tied' : 'untied',
    `checkpointing ${runtime.checkpointing}`,
    data.padding ? 'padding' : runtime.attention,
    `${precision.weights}${precision.autocast === 'none' ? '' : ' + autocast'}`,
    optimizer.kind === 'none' ? 'no optimizer' : `${optimizer.kind} ${optimizer.implementation}`
  ].join(' | ')
}
