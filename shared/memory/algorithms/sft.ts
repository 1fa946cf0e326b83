import { LOSSES } from '../losses/index.ts'
import { decoderBlock, normalize, type BlockContext } from '../modules/decoderBlock.ts'
import { layOutModel, type Transformer } from '../modules/transformer.ts'
import { makeOptimizer, type Optimizer } from '../optimizers/optimizer.ts'
import { ELEMENT_SIZE, type ResolvedPlan } from '../resolve.ts'
import { backward, CheckpointFrame, edgeOf, GradNode, Leaf, Scope, Tensor, type Shape, type Storage, type Tape } from '../tape/index.ts'
import { AFTER_BLOCKS, type Timeline } from '../timeline.ts'

/**
 * Supervised fine-tuning as the Hugging Face Trainer runs it on one GPU: load, then per optimizer step a forward and a
 * backward pass per micro-batch and the optimizer. Micro-batches after the second are equal to the second and not repeated.
 */
export class SupervisedRun {
  private readonly timeline: Timeline
  private readonly tape: Tape
  private readonly resolved: ResolvedPlan
  private readonly model: Transformer
  private readonly optimizer: Optimizer
  private readonly mask: Shape | null
  /** What closures in the autograd graph keep until the graph is freed after the backward pass. */
  private graphHeld: Storage[] = []

  constructor (timeline: Timeline, resolved: ResolvedPlan, layers: number) {
    this.timeline = timeline
    this.tape = timeline.tape
    this.resolved = resolved
    timeline.begin('load', 0, 0)
    this.model = layOutModel(this.tape, resolved, layers)
    this.mask = this.model.extents.attention.mask
    this.optimizer = makeOptimizer(this.tape, this.model.trained, resolved.plan.optimizer)
    this.loadBatch()
  }

  get trainableParameters (): number {
    return this.model.trained.reduce((n, p) => n + p.elements, 0)
  }

  /** Runs `steps` optimizer steps. */
  run (steps: number): void {
    const { gradientAccumulation } = this.resolved.plan.data
    for (let step = 0; step < steps; step++) {
      for (let micro = 0; micro < Math.min(2, gradientAccumulation); micro++) this.microBatch(step, micro)
      this.timeline.begin('optimizer', step, 0)
      this.optimizer.step()
      for (const { leaf } of this.model.trained) {
        if (leaf?.grad) this.tape.release(leaf.grad)
        if (leaf) leaf.grad = null
      }
    }
    this.timeline.end()
  }

  /** Token ids, labels and, where rows are padded, the attention mask: int64 each. */
  private loadBatch (): void {
    const { tape } = this
    tape.module = 'batch'
    const { tokens } = this.model.extents
    for (const role of ['input_ids', 'labels', ...(this.mask ? ['attention_mask'] : [])]) tape.allocate(tokens, 8, role, 'activations')
  }

  private microBatch (step: number, micro: number): void {
    const { tape, timeline, resolved } = this
    const { precision, runtime } = resolved.plan
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
    if (inputGradient?.grad) tape.release(inputGradient.grad)
    caller.close()
    for (const storage of this.graphHeld) tape.release(storage)
    this.graphHeld = []
  }

  private forward (caller: Scope): { loss: Tensor, logits: Tensor | null, inputGradient: Leaf | null } {
    const { tape, timeline, model, resolved } = this
    const { runtime, method } = resolved.plan
    const { extents } = model
    const scope = new Scope(tape)
    tape.module = 'batch'
    const positions = tape.allocate(extents.positions, 8, 'position_ids', 'activations')
    let x = embed(scope, model, extents.hidden)
    const mask = this.attentionMask(x.elementSize)
    const rotary = ['cos', 'sin'].map((role) => {
      tape.module = 'rotary_emb'
      return new Tensor(tape.allocate(extents.rotary, x.elementSize, role, 'activations'), extents.rotary, x.elementSize, false)
    })
    const constants = [positions, ...(mask ? [mask] : []), ...rotary.map((t) => t.storage)]
    const context: BlockContext = { extents, runtime, quantized: method.kind === 'qlora', cos: rotary[0]!, sin: rotary[1]! }
    // enable_input_require_grads: a checkpointed block needs an input that requires a gradient.
    const inputGradient = runtime.checkpointing !== 'none' && !x.requiresGrad ? new Leaf() : null
    if (inputGradient) {
      x.requiresGrad = true
      x.leaf = inputGradient
    }
    const embedded = scope.alias(x)
    model.blocks.forEach((block, i) => {
      timeline.segment(i)
      const run = (inner: Scope, input: Tensor): Tensor => decoderBlock(inner, input, block, context)
      const next = runtime.checkpointing === 'none' ? run(scope, x) : this.checkpointed(scope, x, constants, run)
      scope.drop(x)
      x = next
    })
    timeline.segment(AFTER_BLOCKS)
    const hidden = normalize(scope, 'norm', x, model.norm, extents.tokens, runtime)
    scope.drop(x, embedded)
    for (const storage of constants) tape.release(storage)
    const { loss, logits } = LOSSES[runtime.loss](scope, hidden, { extents, head: model.head })
    const kept = logits ? scope.hand(logits, caller) : null
    return { loss: scope.return(loss, caller), logits: kept, inputGradient }
  }

  /** transformers masking_utils.py: a boolean mask for SDPA under padding, an additive one in the activations' type for eager attention. */
  private attentionMask (elementSize: number): Storage | null {
    const { tape, model: { extents }, resolved: { plan: { runtime } } } = this
    const { attention } = extents
    tape.module = 'attention_mask'
    if (runtime.attention === 'eager') return tape.allocate(attention.eagerMask, elementSize, 'causal mask', 'activations')
    return attention.mask ? tape.allocate(attention.mask, 1, 'causal mask', 'activations') : null
  }

  /** A checkpoint keeps all of the block's arguments: its input and what every block shares (positions, mask, cos, sin). */
  private checkpointed (scope: Scope, x: Tensor, shared: readonly Storage[], run: (scope: Scope, x: Tensor) => Tensor): Tensor {
    const { tape } = this
    tape.recategorize(x.storage, 'checkpoints')
    if (this.resolved.plan.runtime.checkpointing === 'reentrant') return this.reentrant(scope, x, shared, run)
    tape.frame = new CheckpointFrame(tape, [x.storage, ...shared], (inner) => { run(inner, x) })
    const result = run(scope, x)
    tape.frame = null
    return result
  }

  /**
   * torch/utils/checkpoint.py CheckpointFunction: forward without a graph; backward runs the block again and a nested backward
   * pass. The block's input is a saved tensor and goes with its node; keyword arguments live in the node's closure until the
   * whole graph is freed.
   */
  private reentrant (scope: Scope, x: Tensor, shared: readonly Storage[], run: (scope: Scope, x: Tensor) => Tensor): Tensor {
    const { tape } = this
    tape.gradEnabled = false
    const result = run(scope, x)
    tape.gradEnabled = true
    result.requiresGrad = true
    for (const storage of shared) this.graphHeld.push(tape.retain(storage))
    const { autocast, layer } = tape
    const { shape, elementSize } = x
    result.node = new GradNode(tape, [edgeOf(x)], [x.storage], (gradient, saved) => {
      const outside = { autocast: tape.autocast, weightCache: tape.weightCache, gradEnabled: tape.gradEnabled, module: tape.module, category: tape.category }
      const inner = new Scope(tape)
      const detached = new Tensor(tape.retain(saved[0]!), shape, elementSize, true, null, new Leaf())
      Object.assign(tape, { autocast, layer, weightCache: autocast ? new Map<Tensor, Tensor>() : null, gradEnabled: true, category: 'activations' })
      const again = run(inner, detached)
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

/** nn.Embedding: backward makes a dense gradient of the whole table (embedding_dense_backward). */
function embed (scope: Scope, { embedding }: Transformer, extent: Shape): Tensor {
  const { tape } = scope
  tape.module = 'embed_tokens'
  const trained = tape.gradEnabled && embedding.requiresGrad
  const node = trained
    ? new GradNode(tape, [embedding.leaf], [], () => [tape.allocate(embedding.shape, embedding.elementSize, 'weight gradient', 'gradients')])
    : null
  return scope.own(new Tensor(tape.allocate(extent, embedding.elementSize, 'output'), extent, embedding.elementSize, trained, node))
}

