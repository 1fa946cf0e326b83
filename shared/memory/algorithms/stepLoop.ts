import type { Spread } from '../optimizers/index.ts'
import { ModelRun } from '../passes/modelRun.ts'
import type { ResolvedPlan } from '../resolvedPlan.ts'
import type { LayerPlace } from '../stack.ts'
import type { Leaf, Scope, Storage, Tape, Tensor } from '../tape/index.ts'
import type { Timeline } from '../timeline.ts'
import { Learner } from './learner.ts'
import type { TrainingRun } from './trainingRun.ts'

/**
 * The loop of the Hugging Face Trainer on one GPU: load, then per optimizer step a loss and a backward pass per micro-batch and
 * the optimizer. Micro-batches after the second are equal to the second and not repeated.
 */
export abstract class StepLoop implements TrainingRun {
  protected readonly timeline: Timeline
  protected readonly tape: Tape
  protected readonly policy: ModelRun
  private made: Learner | null = null

  constructor (timeline: Timeline, resolved: ResolvedPlan, places: readonly LayerPlace[]) {
    this.timeline = timeline
    this.tape = timeline.tape
    timeline.begin('load', 0, 0)
    this.policy = new ModelRun(timeline, resolved, places)
  }

  /** What the updates train. A run that trains more than the policy says so here; made once, when all models are loaded. */
  protected makeLearner (): Learner {
    return new Learner(this.timeline, [this.policy])
  }

  protected get learner (): Learner {
    return this.made ??= this.makeLearner()
  }

  get trainableParameters (): number {
    return this.learner.trainableParameters
  }

  get optimizerSpread (): Spread {
    return this.learner.spread
  }

  get repeatsFirstStep (): boolean {
    return true
  }

  train (steps: number): void {
    const { learner } = this
    const last = Math.min(2, this.policy.run.plan.data.gradientAccumulation) - 1
    for (let step = 0; step < steps; step++) {
      this.beforeUpdates(step)
      for (let micro = 0; micro <= last; micro++) this.microBatch(step, micro)
      learner.step(step)
      this.afterOptimizer(step, last)
      this.afterUpdates()
    }
    this.timeline.end()
  }

  repeatOptimizer (step: number): void {
    this.learner.repeat(step)
    this.timeline.end()
  }

  /** A loss and its backward pass, each in phases of its own. */
  protected abstract microBatch (step: number, micro: number): void

  /** What happens before a step's first micro-batch: rollouts and the passes over them. */
  protected beforeUpdates (_step: number): void {}

  /** What follows the optimizer within the step. */
  protected afterOptimizer (_step: number, _micro: number): void {}

  /** Lets go of what a step's updates shared. Happens inside the step's last phase, after its peak. */
  protected afterUpdates (): void {}

  /** Tensors that the data loader puts on the GPU, with the micro-batch's extent of ids: int64 each. `labels`: their own extent. */
  protected loadBatch (roles: readonly string[], labels = this.policy.run.ids): Storage[] {
    this.tape.module = 'batch'
    return roles.map((role) => this.tape.allocate(role === 'labels' ? labels : this.policy.run.ids, 8, role, 'activations'))
  }

  protected backward (step: number, micro: number, caller: Scope, loss: Tensor, inputGradient: Leaf | null): void {
    this.learner.backward(step, micro, caller, loss, [inputGradient])
  }
}
