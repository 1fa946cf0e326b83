import { LOSSES } from '../losses/index.ts'
import { METRICS } from '../losses/metrics.ts'
import { makeOptimizer, NO_SPREAD, type Optimizer, type Spread } from '../optimizers/index.ts'
import type { ResolvedPlan } from '../resolvedPlan.ts'
import type { LayerPlace } from '../stack.ts'
import { backward, Scope, Tensor, type Leaf, type Tape } from '../tape/index.ts'
import { AFTER_MODEL, type Timeline } from '../timeline.ts'
import { ModelRun, underAutocast } from './modelRun.ts'
import type { TrainingRun } from './trainingRun.ts'

/**
 * Supervised fine-tuning as the Hugging Face Trainer runs it on one GPU: load, then per optimizer step a forward and a
 * backward pass per micro-batch and the optimizer. Micro-batches after the second are equal to the second and not repeated.
 */
export class SupervisedRun implements TrainingRun {
  private readonly timeline: Timeline
  private readonly tape: Tape
  private readonly policy: ModelRun
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
    this.loadBatch()
  }

  get trainableParameters (): number {
    return this.policy.trainableParameters
  }

  get optimizerSpread (): Spread {
    return this.optimizer.spread ?? NO_SPREAD
  }

  /** Runs `steps` optimizer steps. */
  train (steps: number): void {
    const { gradientAccumulation } = this.policy.run.plan.data
    for (let step = 0; step < steps; step++) {
      for (let micro = 0; micro < Math.min(2, gradientAccumulation); micro++) this.microBatch(step, micro)
      this.optimizerStep(step)
    }
    this.timeline.end()
  }

  /** The optimizer's next step alone: with gradients as a backward pass leaves them, but without the pass. */
  repeatOptimizer (step: number): void {
    for (const parameter of this.policy.trained) {
      this.tape.module = parameter.storage.module
      parameter.leaf!.grad = this.tape.allocate(parameter.shape, parameter.elementSize, 'weight gradient', 'gradients')
    }
    this.optimizerStep(step)
    this.timeline.end()
  }

  private optimizerStep (step: number): void {
    this.timeline.begin('optimizer', step, 0)
    this.optimizer.step()
    for (const { leaf } of this.policy.trained) {
      if (leaf?.grad) this.tape.release(leaf.grad)
      if (leaf) leaf.grad = null
    }
  }

  /** Token ids, labels and, where rows are padded, the attention mask: int64 each. */
  private loadBatch (): void {
    const { tape } = this
    tape.module = 'batch'
    const { ids, plan } = this.policy.run
    for (const role of ['input_ids', 'labels', ...(plan.data.padding ? ['attention_mask'] : [])]) tape.allocate(ids, 8, role, 'activations')
  }

  private microBatch (step: number, micro: number): void {
    const { tape, timeline } = this
    const { run } = this.policy
    const { precision, runtime } = run.plan
    timeline.begin('forward', step, micro)
    const caller = new Scope(tape)
    const { loss, logits, inputGradient } = underAutocast(tape, run, () => this.forward(caller))
    let outputs = logits
    if (precision.autocast !== 'none' && precision.outputsToFp32 && logits && logits.elementSize < 4) {
      outputs = caller.own(new Tensor(tape.allocate(logits.shape, 4, 'outputs in fp32', 'logits-and-loss'), logits.shape, 4, false))
      if (!runtime.keepsLogits) caller.drop(logits)
    }
    const metrics = METRICS[runtime.loss]
    if (outputs && metrics) {
      timeline.segment(AFTER_MODEL)
      metrics(outputs, run)
    }
    if (outputs && outputs !== logits) caller.drop(outputs)
    if (logits && !runtime.keepsLogits) caller.drop(logits)

    timeline.begin('backward', step, micro)
    tape.module = 'loss'
    backward(tape, loss.node!, tape.allocate(loss.shape, 4, 'gradient of the loss', 'temporaries'), (layer) => timeline.segment(layer))
    this.optimizer.afterBackward?.()
    if (inputGradient?.grad) tape.release(inputGradient.grad)
    caller.close()
    this.policy.blocks.graphFreed()
  }

  private forward (caller: Scope): { loss: Tensor, logits: Tensor | null, inputGradient: Leaf | null } {
    const { run } = this.policy
    const { result, inputGradient } = this.policy.forward((scope, hidden, head) => {
      const { loss, logits } = LOSSES[run.plan.runtime.loss](scope, hidden, head, run)
      const kept = logits ? scope.hand(logits, caller) : null
      return { loss: scope.hand(loss, caller), logits: kept }
    })
    return { ...result, inputGradient }
  }
}
