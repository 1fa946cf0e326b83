import { LOSSES } from '../losses/index.ts'
import { promptLearning, type PromptLearning } from '../modules/adapters/promptLearning.ts'
import { ModelBuilder } from '../modules/builder.ts'
import type { DecoderModel } from '../modules/families/index.ts'
import { METRICS } from '../losses/metrics.ts'
import type { Parameter } from '../modules/linear.ts'
import { makeRun, type Run } from '../modules/run.ts'
import { makeOptimizer, NO_SPREAD, type Optimizer, type Spread } from '../optimizers/index.ts'
import { ELEMENT_SIZE } from '../floatType.ts'
import type { ResolvedPlan } from '../resolvedPlan.ts'
import type { LayerPlace } from '../stack.ts'
import { backward, Leaf, Scope, Tensor, type Tape } from '../tape/index.ts'
import { AFTER_BLOCKS, AFTER_MODEL, type Timeline } from '../timeline.ts'
import { Blocks } from './blocks.ts'

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
  private readonly prompt: PromptLearning | null
  private readonly blocks: Blocks

  constructor (timeline: Timeline, resolved: ResolvedPlan, places: readonly LayerPlace[]) {
    const { tape } = timeline
    this.timeline = timeline
    this.tape = tape
    timeline.begin('load', 0, 0)
    this.run = makeRun(tape, resolved.plan, resolved.architecture)
    const builder = new ModelBuilder(this.run, resolved)
    this.model = resolved.family.build(builder, places)
    this.blocks = new Blocks(this.run, places)
    this.prompt = promptLearning(builder, resolved.plan.method, places.length, ELEMENT_SIZE[resolved.plan.precision.weights])
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
    const { ids, plan } = this.run
    for (const role of ['input_ids', 'labels', ...(plan.data.padding ? ['attention_mask'] : [])]) tape.allocate(ids, 8, role, 'activations')
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
    let outputs = logits
    if (autocast && precision.outputsToFp32 && logits && logits.elementSize < 4) {
      outputs = caller.own(new Tensor(tape.allocate(logits.shape, 4, 'outputs in fp32', 'logits-and-loss'), logits.shape, 4, false))
      if (!runtime.keepsLogits) caller.drop(logits)
    }
    const metrics = METRICS[runtime.loss]
    if (outputs && metrics) {
      timeline.segment(AFTER_MODEL)
      metrics(outputs, this.run)
    }
    if (outputs && outputs !== logits) caller.drop(outputs)
    if (logits && !runtime.keepsLogits) caller.drop(logits)

    timeline.begin('backward', step, micro)
    tape.module = 'loss'
    backward(tape, loss.node!, tape.allocate(loss.shape, 4, 'gradient of the loss', 'temporaries'), (layer) => timeline.segment(layer))
    this.optimizer.afterBackward?.()
    if (inputGradient?.grad) tape.release(inputGradient.grad)
    caller.close()
    this.blocks.graphFreed()
  }

  private forward (caller: Scope): { loss: Tensor, logits: Tensor | null, inputGradient: Leaf | null } {
    const { tape, timeline, model, run } = this
    const { runtime } = run.plan
    // Virtual tokens are put in place by a frame around the model's (PeftModelForCausalLM.forward).
    const frame = this.prompt ? new Scope(tape) : null
    const scope = new Scope(tape)
    this.prompt?.begin(frame!)
    let x = model.embed(this.prompt?.joinsTokens ? frame! : scope)
    // transformers gradient_checkpointing_enable calls enable_input_require_grads: the first block's input gets a gradient.
    const inputGradient = runtime.checkpointing !== 'none' && !x.requiresGrad ? new Leaf() : null
    if (inputGradient) {
      x.requiresGrad = true
      x.leaf = inputGradient
      // accumulate_grad.h: the node of a leaf holds the tensor itself.
      this.blocks.keep(x.storage)
    }
    if (this.prompt?.joinsTokens) x = this.prompt.join(frame!, x)
    const shared = model.share(x)
    const entered = model.enter?.(scope, x)
    if (entered) {
      scope.drop(x)
      x = entered.hidden
    }
    const embedded = scope.alias(x)
    model.layers.forEach((layer, i) => {
      timeline.segment(i)
      const next = this.blocks.forward(scope, x, layer.arguments?.() ?? shared, layer, i)
      scope.drop(x)
      x = next
    })
    timeline.segment(AFTER_BLOCKS)
    const hidden = model.finalNorm(scope, x)
    scope.drop(x, embedded)
    for (const storage of [...shared, ...entered?.kept ?? []]) tape.release(storage)
    const { loss, logits } = LOSSES[runtime.loss](scope, hidden, model.head, run)
    const kept = logits ? scope.hand(logits, caller) : null
    const result = scope.return(loss, caller)
    frame?.close()
    return { loss: result, logits: kept, inputGradient }
  }
}
