import { LOSSES } from '../losses/index.ts'
import { ModelBuilder } from '../modules/builder.ts'
import type { DecoderLayer, DecoderModel } from '../modules/families/index.ts'
import type { Parameter } from '../modules/linear.ts'
import { makeRun, type Run } from '../modules/run.ts'
import { makeOptimizer, NO_SPREAD, type Optimizer, type Spread } from '../optimizers/index.ts'
import { ELEMENT_SIZE, type ResolvedPlan } from '../resolve.ts'
import type { LayerPlace } from '../stack.ts'
import { backward, CheckpointFrame, edgeOf, GradNode, Leaf, Scope, Tensor, type Storage, type Tape } from '../tape/index.ts'
import { AFTER_BLOCKS, type Timeline } from '../timeline.ts'

/**
 * Supervised fine-tuning as the Hugging Face Trainer runs it on one GPU: load, then per optimizer step a forward and a
 * backward pass per micro-batch and the optimizer. Micro-batches after the second are equal to the second and not repeated.
 */
export class SupervisedRun {
  private readonly timeline: Timeline
  private readonly tape: Tape
  private readonly run: Run
  private readonly model: DecoderModel
  private readonly trained: readonly Parameter[]
  private readonly optimizer: Optimizer
  /** What closures in the autograd graph keep until the graph is freed after the backward pass. */
  private graphHeld: Storage[] = []

  constructor (timeline: Timeline, resolved: ResolvedPlan, places: readonly LayerPlace[]) {
    const { tape } = timeline
    this.timeline = timeline
    this.tape = tape
    timeline.begin('load', 0, 0)
    this.run = makeRun(tape, resolved.plan, resolved.architecture)
    const builder = new ModelBuilder(this.run, resolved)
    this.model = resolved.family.build(builder, places)
    this.trained = builder.trained
    this.optimizer = makeOptimizer({
      tape, trained: this.trained, settings: resolved.plan.optimizer, architecture: resolved.architecture, segment: (layer) => timeline.segment(layer)
    })
    this.loadBatch()
  }

  get trainableParameters (): number {
    return this.trained.reduce((n, p) => n + p.elements, 0)
  }

  get optimizerSpread (): Spread {
    return this.optimizer.spread ?? NO_SPREAD
  }

  /** Runs `steps` optimizer steps. */
  train (steps: number): void {
    const { gradientAccumulation } = this.run.plan.data
    for (let step = 0; step < steps; step++) {
      for (let micro = 0; micro < Math.min(2, gradientAccumulation); micro++) this.microBatch(step, micro)
      this.optimizerStep(step)
    }
    this.timeline.end()
  }

  /** The optimizer's next step alone: with gradients as a backward pass leaves them, but without the pass. */
  repeatOptimizer (step: number): void {
    for (const parameter of this.trained) {
      this.tape.module = parameter.storage.module
      parameter.leaf!.grad = this.tape.allocate(parameter.shape, parameter.elementSize, 'weight gradient', 'gradients')
    }
    this.optimizerStep(step)
    this.timeline.end()
  }

  private optimizerStep (step: number): void {
    this.timeline.begin('optimizer', step, 0)
    this.optimizer.step()
    for (const { leaf } of this.trained) {
      if (leaf?.grad) this.tape.release(leaf.grad)
      if (leaf) leaf.grad = null
    }
  }

  /** Token ids, labels and, where rows are padded, the attention mask: int64 each. */
  private loadBatch (): void {
    const { tape } = this
    tape.module = 'batch'
    const { tokens, plan } = this.run
    for (const role of ['input_ids', 'labels', ...(plan.data.padding ? ['attention_mask'] : [])]) tape.allocate(tokens, 8, role, 'activations')
  }

  private microBatch (step: number, micro: number): void {
    const { tape, timeline } = this
    const { precision, runtime } = this.run.plan
    timeline.begin('forward', step, micro)
    tape.autocast = precision.autocast === 'none' ? 0 : ELEMENT_SIZE[precision.autocast]
    tape.weightCache = tape.autocast ? new Map() : null
    const caller = new Scope(tape)
    const { loss, logits, inputGradient } = this.forward(caller)
    for (const copy of tape.weightCache?.values() ?? []) tape.release(copy.storage)
    const autocast = tape.autocast
    tape.weightCache = null
    tape.autocast = 0
    if (autocast && precision.outputsToFp32 && logits && logits.elementSize < 4) {
      const converted = tape.allocate(logits.shape, 4, 'outputs in fp32', 'logits-and-loss')
      if (!runtime.keepsLogits) caller.drop(logits)
      tape.release(converted)
    }
    if (logits && !runtime.keepsLogits) caller.drop(logits)

    timeline.begin('backward', step, micro)
    tape.module = 'loss'
    backward(tape, loss.node!, tape.allocate(loss.shape, 4, 'gradient of the loss', 'temporaries'), (layer) => timeline.segment(layer))
    this.optimizer.afterBackward?.()
    if (inputGradient?.grad) tape.release(inputGradient.grad)
    caller.close()
    for (const storage of this.graphHeld) tape.release(storage)
    this.graphHeld = []
  }

  private forward (caller: Scope): { loss: Tensor, logits: Tensor | null, inputGradient: Leaf | null } {
    const { tape, timeline, model, run } = this
    const { runtime } = run.plan
    const scope = new Scope(tape)
    let x = model.embed(scope)
    const shared = model.share(x)
    // transformers gradient_checkpointing_enable calls enable_input_require_grads: the first block's input gets a gradient.
    const inputGradient = runtime.checkpointing !== 'none' && !x.requiresGrad ? new Leaf() : null
    if (inputGradient) {
      x.requiresGrad = true
      x.leaf = inputGradient
      // The leaf's AccumulateGrad node keeps it.
      this.graphHeld.push(tape.retain(x.storage))
    }
    const entered = model.enter?.(scope, x)
    if (entered) {
      scope.drop(x)
      x = entered.hidden
    }
    const embedded = scope.alias(x)
    model.layers.forEach((layer, i) => {
      timeline.segment(i)
      const next = runtime.checkpointing === 'none' ? layer.forward(scope, x) : this.checkpointed(scope, x, layer.arguments?.() ?? shared, layer)
      scope.drop(x)
      x = next
    })
    timeline.segment(AFTER_BLOCKS)
    const hidden = model.finalNorm(scope, x)
    scope.drop(x, embedded)
    for (const storage of [...shared, ...entered?.kept ?? []]) tape.release(storage)
    const { loss, logits } = LOSSES[runtime.loss](scope, hidden, model.head, run)
    const kept = logits ? scope.hand(logits, caller) : null
    return { loss: scope.return(loss, caller), logits: kept, inputGradient }
  }

  /** A checkpoint keeps all of the block's arguments: its input and what every block shares (positions, mask, cos, sin). */
  private checkpointed (scope: Scope, x: Tensor, shared: readonly Storage[], layer: DecoderLayer): Tensor {
    const { tape } = this
    tape.recategorize(x.storage, 'checkpoints')
    if (this.run.plan.runtime.checkpointing === 'reentrant') return this.reentrant(scope, x, shared, layer)
    tape.frame = new CheckpointFrame(tape, [x.storage, ...shared], (inner) => { layer.forward(inner, x) })
    const result = layer.forward(scope, x)
    tape.frame = null
    return result
  }

  /**
   * torch/utils/checkpoint.py CheckpointFunction: forward without a graph; backward runs the block again and a nested backward
   * pass. The block's input is a saved tensor and goes with its node; keyword arguments live in the node's closure until the
   * whole graph is freed.
   */
  private reentrant (scope: Scope, x: Tensor, shared: readonly Storage[], layer: DecoderLayer): Tensor {
    const { tape } = this
    tape.gradEnabled = false
    const result = layer.forward(scope, x)
    tape.gradEnabled = true
    result.requiresGrad = true
    for (const storage of shared) this.graphHeld.push(tape.retain(storage))
    const { autocast, layer: index } = tape
    const { shape, elementSize } = x
    result.node = new GradNode(tape, [edgeOf(x)], [x.storage], (gradient, saved) => {
      const outside = { autocast: tape.autocast, weightCache: tape.weightCache, gradEnabled: tape.gradEnabled, module: tape.module, category: tape.category }
      const inner = new Scope(tape)
      const detached = new Tensor(tape.retain(saved[0]!), shape, elementSize, true, null, new Leaf())
      Object.assign(tape, { autocast, layer: index, weightCache: autocast ? new Map<Tensor, Tensor>() : null, gradEnabled: true, category: 'activations' })
      const again = layer.forward(inner, detached)
      for (const copy of tape.weightCache?.values() ?? []) tape.release(copy.storage)
      Object.assign(tape, outside)
      backward(tape, again.node!, tape.retain(gradient))
      inner.close()
      tape.release(detached.storage)
      const inputGradient = detached.leaf!.grad!
      tape.recategorize(inputGradient, 'temporaries')
      return [inputGradient]
    })
    return result
  }
}
