import type { Architecture } from '../../architecture/architecture.ts'
import type { Knowledge } from '../knowledge.ts'
import type { Plan } from '../../plan/index.ts'
import type { Parameter } from '../modules/linear.ts'
import type { Tape } from '../tape/index.ts'

export type OptimizerKind = Plan['optimizer']['kind']

/** An optimizer over the trained parameters: makes its states when its code does, and the temporaries of every step. */
export interface Optimizer {
  step (): void
  /** What is left to update when a backward pass has ended; only optimizers that update during it have something to do. */
  afterBackward? (): void
  readonly spread?: Spread
}

/** Bytes that may come on top of what is simulated, where the sources leave it open. */
export interface Spread {
  /** Workspace of kernels, in the caching allocator. */
  readonly workspace: number
  /** CUDA managed memory outside the caching allocator, which moves to host RAM when the GPU is full. */
  readonly managed: number
}

export const NO_SPREAD: Spread = { workspace: 0, managed: 0 }

/** What an optimizer is made over. */
export interface OptimizerContext {
  readonly tape: Tape
  readonly trained: readonly Parameter[]
  readonly settings: Plan['optimizer']
  readonly architecture: Architecture
  /** Told which decoder block the next parameter belongs to, so that peaks can be extrapolated over the depth. */
  readonly segment: (layer: number) => void
}

/** One family of optimizers: where its rule is written, how it is known, and the rule. */
export interface OptimizerRule {
  readonly source: string
  readonly known: Knowledge
  /** Updates during the backward pass by itself (LOMO); others do with `optimizer.inBackward`. */
  readonly fusedInBackward?: boolean
  make (context: OptimizerContext): Optimizer
}
