import type { AnyAxisId, AxisId, AxisValue, Largest, SweepCell } from '#shared/advice/index.ts'
import type { TargetDevice } from '#shared/fit/index.ts'
import type { Plan } from '#shared/plan/index.ts'

/* What the window and the worker that computes a grid say to each other. */

export interface Side {
  readonly id: AnyAxisId
  readonly values: readonly AxisValue[]
}

/** Everything that a grid is made from. */
export interface SweepRequest {
  readonly plan: Plan
  readonly x: Side
  readonly y: Side
  /** Null: nothing to judge against. */
  readonly device: TargetDevice | null
  readonly reserve: number
}

/** A request replaces the one before it. */
export type ToWorker =
  | { readonly kind: 'run', readonly run: number, readonly request: SweepRequest }
  | { readonly kind: 'cancel' }

export interface LargestOfAxis extends Largest {
  readonly id: AxisId
}

export type FromWorker =
  /** `exact`: with the allocator's replay, as the plan view shows it. */
  | { readonly kind: 'cells', readonly run: number, readonly exact: boolean, readonly cells: readonly SweepCell[] }
  | { readonly kind: 'largest', readonly run: number, readonly largest: LargestOfAxis }
  | { readonly kind: 'done', readonly run: number }
