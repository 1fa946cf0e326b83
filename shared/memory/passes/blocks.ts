import type { DecoderLayer } from '../modules/families/index.ts'
import type { Run } from '../modules/run.ts'
import type { LayerPlace } from '../stack.ts'
import { checkpointsLayer } from '../training.ts'
import { CarriedGradients } from './carriedGradients.ts'
import { backward, CheckpointFrame, edgeOf, GradNode, Leaf, roundedBytes, Scope, Tensor, type Shape, type Storage } from '../tape/index.ts'

/** unsloth_zoo gradient_checkpointing.py MINIMUM_SIZE: smaller inputs stay on the GPU. */
export const UNSLOTH_MINIMUM = 2 * 1024 * 1024
const FROM_HOST = 'block input, back from host memory'

/** Runs decoder blocks, under activation checkpointing where the plan says so. */
export class Blocks {
  private readonly run: Run
  private readonly places: readonly LayerPlace[]
  private readonly lastCheckpointed: number
  /** Unsloth's buffer on the GPU that checkpoints come back into; null where it has none. */
  private readonly staging: Storage | null
  /** What closures in the autograd graph keep until the graph is freed after the backward pass. */
  private graphHeld: Storage[] = []

  constructor (run: Run, places: readonly LayerPlace[]) {
    this.run = run
    this.places = places
    this.lastCheckpointed = places.findLastIndex((place) => place.checkpointed)
    this.staging = this.stagingBuffers()
  }

  forward (scope: Scope, stream: Tensor, shared: readonly Storage[], layer: DecoderLayer, index: number): Tensor {
    const { tape, plan } = this.run
    const entered = layer.before?.(scope, stream) ?? null
    const x = entered ?? stream
    // Passes without a gradient run with checkpointing off (trl models/utils.py disable_gradient_checkpointing).
    const beside = layer.beside?.(scope) ?? null
    if (!this.places[index]!.checkpointed || !tape.gradEnabled) return this.after(scope, [beside, entered], layer.forward(scope, x, beside))
    const leaves = this.leavesGpu(x, index)
    if (!leaves) tape.recategorize(x.storage, 'checkpoints')
    const run = plan.runtime.checkpointing === 'reentrant' ? this.reentrant : this.nonReentrant
    return this.after(scope, [beside, entered], run.call(this, scope, x, shared, layer, leaves, beside))
  }

  /**
   * A block outside the decoder's stack (of a vision tower), checkpointed with the others; `index`: among all blocks of the model.
   * Without a graph a checkpoint keeps nothing; a reentrant one makes none of an input that needs no gradient.
   */
  outside (scope: Scope, x: Tensor, layer: Pick<DecoderLayer, 'forward'>, index: number, trains: boolean, shared: readonly Storage[] = []): Tensor {
    const { tape, plan } = this.run
    const { checkpointing, checkpointOffload } = plan.runtime
    const hasGraph = tape.gradEnabled && (x.requiresGrad || (trains && checkpointing !== 'reentrant'))
    if (!checkpointsLayer(plan, index) || !hasGraph) return layer.forward(scope, x)
    const leaves = checkpointOffload === 'host'
    if (!leaves) tape.recategorize(x.storage, 'checkpoints')
    const run = checkpointing === 'reentrant' ? this.reentrant : this.nonReentrant
    return run.call(this, scope, x, shared, layer, leaves, null)
  }

  /** The model's names for the second argument and for what entered the block are bound anew. */
  private after (scope: Scope, names: readonly (Tensor | null)[], result: Tensor): Tensor {
    for (const name of names) if (name) scope.drop(name)
    return result
  }

  /** Something that the autograd graph keeps until it is freed. */
  keep (storage: Storage): void {
    this.graphHeld.push(this.run.tape.retain(storage))
  }

  /** Something that a closure holds already, until the graph is freed. */
  adopt (storage: Storage): void {
    this.graphHeld.push(storage)
  }

  get adopted (): readonly Storage[] { return this.graphHeld }

  /** The autograd graph is freed. */
  graphFreed (): void {
    this.run.tape.freeGraph()
    for (const storage of this.graphHeld) this.run.tape.release(storage)
    this.graphHeld = []
  }

  private leavesGpu (x: Tensor, index: number): boolean {
    switch (this.run.plan.runtime.checkpointOffload) {
      case undefined: return false
      case 'host': return true
      case 'unsloth': return this.staging !== null && x.requiresGrad && index !== this.lastCheckpointed
    }
  }

  /** unsloth_zoo UnslothCheckpointFunction: two buffers of one block's input, in 16 bits, made once. */
  private stagingBuffers (): Storage | null {
    const { tape, plan, hidden } = this.run
    if (plan.runtime.checkpointOffload !== 'unsloth' || roundedBytes(hidden.elements * 2) <= UNSLOTH_MINIMUM) return null
    tape.module = 'checkpoint'
    const [first] = [0, 1].map(() => tape.allocate(hidden, 2, 'staging buffer', 'checkpoints'))
    return first!
  }

  /**
   * A checkpoint keeps all of the block's arguments: its input and what every block shares (positions, mask, cos, sin). Under
   * transformers' offload (modeling_utils.py gradient_checkpointing_enable, torch save_on_cpu) the input is kept in host memory and
   * copied back when the block is run again; what is bound as keyword arguments stays.
   */
  private nonReentrant (scope: Scope, x: Tensor, shared: readonly Storage[], layer: DecoderLayer, leaves: boolean, beside: Tensor | null): Tensor {
    const { tape, plan } = this.run
    const { shape, elementSize, requiresGrad, node, leaf, tokensLast } = x
    const selection = plan.runtime.checkpointSaves ?? null
    tape.frame = leaves
      ? new CheckpointFrame(tape, shared, (inner) => {
        tape.module = 'checkpoint'
        const back = new Tensor(tape.allocate(shape, elementSize, FROM_HOST, 'checkpoints'), shape, elementSize, requiresGrad, node, leaf)
        back.tokensLast = tokensLast
        layer.forward(inner, inner.own(back), beside)
      }, selection)
      : new CheckpointFrame(tape, [x.storage, ...shared, ...beside ? [beside.storage] : []], (inner) => { layer.forward(inner, x, beside) }, selection)
    const result = layer.forward(scope, x, beside)
    tape.frame = null
    return result
  }

  /**
   * torch/utils/checkpoint.py CheckpointFunction: forward without a graph; backward runs the block again and a nested backward
   * pass. The block's input is a saved tensor and goes with its node; keyword arguments live in the node's closure until the
   * whole graph is freed.
   */
  private reentrant (scope: Scope, x: Tensor, shared: readonly Storage[], layer: DecoderLayer, leaves: boolean, beside: Tensor | null): Tensor {
    const { tape } = this.run
    // Held by the closure before the block runs, which may replace one of them in the model's frame.
    if (!layer.positional) for (const storage of shared) this.keep(storage)
    tape.gradEnabled = false
    const result = layer.forward(scope, x, beside)
    tape.gradEnabled = true
    result.requiresGrad = true
    const handed = layer.carries?.()
    const { autocast, layer: index } = tape
    const { shape, elementSize, tokensLast } = x
    result.node = new GradNode(tape, [edgeOf(x), beside ? edgeOf(beside) : null], [...leaves ? [] : [x.storage], ...beside ? [beside.storage] : [], ...layer.positional ? shared : []], (gradient, saved) => {
      const outside = { autocast: tape.autocast, weightCache: tape.weightCache, gradEnabled: tape.gradEnabled, module: tape.module, category: tape.category }
      const { graphKept } = tape
      // An integer output beside the hidden states is given zeros for a gradient, which the function keeps until it returns.
      const integers = layer.integers ? tape.allocate(layer.integers, 4, 'zero gradient of the chosen tokens', 'temporaries') : null
      // So is the second one, whatever uses it; the nested backward pass starts with both.
      const zeros = layer.second ? tape.allocate(layer.second.shape, layer.second.elementSize, 'zero gradient of the probabilities', 'temporaries') : null
      const carried = handed && new CarriedGradients(tape, handed.carried, handed.makes)
      tape.graphKept = []
      const inner = new Scope(tape)
      const input = !leaves && saved[0] ? tape.retain(saved[0]) : this.fromHost(shape, elementSize)
      const detached = new Tensor(input, shape, elementSize, true, null, new Leaf())
      detached.tokensLast = tokensLast
      Object.assign(tape, { autocast, layer: index, weightCache: autocast ? new Map<Tensor, Tensor>() : null, gradEnabled: true, category: 'activations' })
      const second = beside ? new Tensor(tape.retain(beside.storage), beside.shape, beside.elementSize, beside.requiresGrad, null, beside.requiresGrad ? new Leaf() : null) : null
      carried?.detach()
      const again = layer.forward(inner, detached, second)
      for (const copy of tape.weightCache?.values() ?? []) tape.release(copy.storage)
      Object.assign(tape, outside)
      if (zeros) layer.second!.node!.incoming = tape.retain(zeros)
      carried?.start()
      backward(tape, again.node!, tape.retain(gradient))
      inner.close()
      carried?.finish()
      if (zeros) tape.release(zeros)
      tape.freeGraph()
      tape.graphKept = graphKept
      // What outlives the block holds its graph, and that the leaf in front with its gradient.
      if (tape.survivors.length > 0) for (const storage of [detached.storage, detached.leaf!.grad!]) graphKept.push(tape.retain(storage))
      tape.survivors = []
      tape.release(detached.storage)
      const inputGradient = detached.leaf!.grad!
      tape.recategorize(inputGradient, 'temporaries')
      if (integers) tape.release(integers)
      if (second) tape.release(second.storage)
      const besideGradient = second?.leaf?.grad ?? null
      if (besideGradient) tape.recategorize(besideGradient, 'temporaries')
      return [inputGradient, besideGradient]
    })
    return result
  }

  /** Unsloth's staging buffer serves as the input unless the input is wider than 16 bits. */
  private fromHost (extent: Shape, elementSize: number): Storage {
    const { tape } = this.run
    if (this.staging && elementSize === 2) return tape.retain(this.staging)
    tape.module = 'checkpoint'
    return tape.allocate(extent, elementSize, FROM_HOST, 'checkpoints')
  }
}
