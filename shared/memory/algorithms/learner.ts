import { makeOptimizer, NO_SPREAD, type Optimizer, type Spread } from '../optimizers/index.ts'
import { withBalancing } from '../modules/moe/balancing.ts'
import type { Parameter } from '../modules/linear.ts'
import type { ModelRun } from '../passes/modelRun.ts'
import type { PhaseKind } from '../result.ts'
import { backward, type Leaf, type Scope, type Tensor } from '../tape/index.ts'
import type { Timeline } from '../timeline.ts'

/** What one optimizer trains: a model, or two that share a loss. */
export class Learner {
  readonly trained: readonly Parameter[]
  readonly trainableParameters: number
  private readonly timeline: Timeline
  private readonly models: readonly ModelRun[]
  private readonly optimizer: Optimizer
  private readonly kinds: { readonly backward: PhaseKind, readonly optimizer: PhaseKind }

  constructor (timeline: Timeline, models: readonly ModelRun[], kinds: Learner['kinds'] = { backward: 'backward', optimizer: 'optimizer' }, heads: readonly Parameter[] = []) {
    const { plan, architecture } = models[0]!.run
    this.timeline = timeline
    this.models = models
    this.kinds = kinds
    this.trained = [...models.flatMap(({ trained }) => trained), ...heads]
    this.trainableParameters = models.reduce((sum, model) => sum + model.trainableParameters, heads.reduce((sum, { elements }) => sum + elements, 0))
    this.optimizer = makeOptimizer({ tape: timeline.tape, trained: this.trained, settings: plan.optimizer, architecture, segment: (layer) => timeline.segment(layer) })
  }

  get spread (): Spread {
    return this.optimizer.spread ?? NO_SPREAD
  }

  /** The backward pass of a micro-batch; `caller` is the frame of training_step, which closes after it. */
  backward (step: number, micro: number, caller: Scope, loss: Tensor, inputGradients: readonly (Leaf | null)[]): void {
    const { timeline } = this
    const { tape } = timeline
    timeline.begin(this.kinds.backward, step, micro)
    tape.module = 'loss'
    backward(tape, withBalancing(this.models[0]!.run, loss), tape.allocate(loss.shape, 4, 'gradient of the loss', 'temporaries'), (layer) => timeline.segment(layer))
    timeline.effects?.afterBackward()
    this.optimizer.afterBackward?.()
    for (const leaf of inputGradients) if (leaf?.grad) tape.release(leaf.grad)
    caller.close()
    for (const model of this.models) model.graphFreed()
  }

  step (step: number): void {
    const { tape } = this.timeline
    this.timeline.begin(this.kinds.optimizer, step, 0)
    this.optimizer.step()
    for (const parameter of this.trained) {
      const { leaf } = parameter
      if (!leaf?.grad) continue
      tape.label(parameter)
      tape.release(leaf.grad)
      leaf.grad = null
    }
  }

  /** The optimizer's next step alone: with gradients as a backward pass leaves them, but without the pass. */
  repeat (step: number): void {
    const { tape } = this.timeline
    for (const parameter of this.trained) {
      tape.label(parameter)
      parameter.leaf!.grad = tape.allocate(parameter.shape, parameter.elementSize, 'weight gradient', 'gradients')
    }
    this.step(step)
  }
}
