import type { Spread } from '../optimizers/index.ts'

/** A run of one algorithm on a timeline. Making it loads the models. */
export interface TrainingRun {
  readonly trainableParameters: number
  readonly optimizerSpread: Spread
  /** Whether a second step is the first over what that left, with the optimizer's own step apart. Not where there are two optimizers, or passes after the optimizer. */
  readonly repeatsFirstStep: boolean
  /** Runs `steps` optimizer steps with all that belongs to them. */
  train (steps: number): void
  /** The optimizer's next step alone: with gradients as a backward pass leaves them, but without the pass. */
  repeatOptimizer (step: number): void
}
