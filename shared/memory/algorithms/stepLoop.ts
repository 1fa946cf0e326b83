import { makeOptimizer, NO_SPREAD, type Optimizer, type Spread } from '../optimizers/index.ts'
import type { ResolvedPlan } from '../resolvedPlan.ts'
import type { LayerPlace } from '../stack.ts'
import { backward, type Leaf, type Scope, type Storage, type Tape, type Tensor } from '../tape/index.ts'
import type { Timeline } from '../timeline.ts'
import { ModelRun } from '../passes/modelRun.ts'
import type { TrainingRun } from './trainingRun.ts'

/**
 * The loop of the Hugging Face Trainer on one GPU: load, then per optimizer step a loss and a backward pass per micro-batch and
 * the optimizer. Micro-batches after the second are equal to the second and not repeated.
 */
export abstract class StepLoop implements TrainingRun {
  protected readonly timeline: Timeline
  protected readonly tape: Tape
  protected readonly policy: ModelRun
  private readonly optimizer: Optimizer

  constructor (timeline: Timeline, resolved: ResolvedPlan, places: readonly LayerPlace[]) {
    const { tape } = timeline
    this.timeline = timeline
    this.tape = tape
    timeline.begin('load', 0, 0)
    this.policy = new ModelRun(timeline, resolved, places)
    this.optimizer = makeOptimizer({
      tape, trained: this.policy.trained, settings: resolved.plan.optimizer, architecture: resolved.architecture, segment: (layer) => timeline.segment(layer)
    })
  }

  get trainableParameters (): number {
    return this.policy.trainableParameters
  }

  get optimizerSpread (): Spread {
    return this.optimizer.spread ?? NO_SPREAD
  }

  train (steps: number): void {
    const { gradientAccumulation } = this.policy.run.plan.data
    for (let step = 0; step < steps; step++) {
      this.beforeUpdates(step)
      for (let micro = 0; micro < Math.min(2, gradientAccumulation); micro++) this.microBatch(step, micro)
      this.optimizerStep(step)
      this.afterUpdates()
    }
    this.timeline.end()
  }

  repeatOptimizer (step: number): void {
    for (const parameter of this.policy.trained) {
      this.tape.module = parameter.storage.module
      parameter.leaf!.grad = this.tape.allocate(parameter.shape, parameter.elementSize, 'weight gradient', 'gradients')
    }
    this.optimizerStep(step)
    this.timeline.end()
  }

  /** A loss and its backward pass, each in phases of its own. */
  protected abstract microBatch (step: number, micro: number): void

  /** What happens before a step's first micro-batch: rollouts and the passes over them. */
  protected beforeUpdates (_step: number): void {}

  /** Lets go of what a step's updates shared. Happens inside the optimizer's phase, after its peak. */
  protected afterUpdates (): void {}

  /** Tensors that the data loader puts on the GPU, with the micro-batch's extent of ids: int64 each. `labels`: their own extent. */
  protected loadBatch (roles: readonly string[], labels = this.policy.run.ids): Storage[] {
    this.tape.module = 'batch'
    return roles.map((role) => this.tape.allocate(role === 'labels' ? labels : this.policy.run.ids, 8, role, 'activations'))
  }

  /** The backward pass of a micro-batch; `caller` is the frame of training_step, which closes after it. */
  protected backward (step: number, micro: number, caller: Scope, loss: Tensor, inputGradient: Leaf | null): void {
    const { tape, timeline } = this
    timeline.begin('backward', step, micro)
    tape.module = 'loss'
    backward(tape, loss.node!, tape.allocate(loss.shape, 4, 'gradient of the loss', 'temporaries'), (layer) => timeline.segment(layer))
    this.optimizer.afterBackward?.()
    if (inputGradient?.grad) tape.release(inputGradient.grad)
    caller.close()
    this.policy.blocks.graphFreed()
  }

  private optimizerStep (step: number): void {
    this.timeline.begin('optimizer', step, 0)
    this.optimizer.step()
    for (const { leaf } of this.policy.trained) {
      if (leaf?.grad) this.tape.release(leaf.grad)
      if (leaf) leaf.grad = null
    }
  }
}
