import { GradNode, type Edge } from './graph.ts'
import { Scope } from './scope.ts'
import type { Storage } from './storage.ts'
import type { Tape } from './tape.ts'
import type { Tensor } from './tensor.ts'

/** Thrown where torch raises _StopRecomputationError; made once, since only its identity matters. */
const STOP_RECOMPUTATION = new Error('recomputation complete')

/** Operations whose outputs selective checkpointing may keep: aten mm, and SDPA's flash and memory-efficient kernels. */
export type Selectable = 'matmul' | 'attention'
export type Selection = 'attention' | 'attention-and-matmuls' | 'every-second-matmul'

/** Whether an output is kept; `matmuls` counts those of the block so far. */
const SELECTS: Readonly<Record<Selection, (operation: Selectable, matmuls: number) => boolean>> = {
  'attention': (operation) => operation === 'attention',
  'attention-and-matmuls': () => true,
  'every-second-matmul': (operation, matmuls) => operation === 'attention' || matmuls % 2 === 1
}

/**
 * Non-reentrant activation checkpointing (torch/utils/checkpoint.py _CheckpointFrame, _checkpoint_hook, _recomputation_hook):
 * in the forward pass saved tensors become numbered slots and are not kept; the first node that needs one runs the block
 * again, until the last slot is filled.
 */
export class CheckpointFrame {
  private readonly selection: Selection | null
  /** Outputs that selective checkpointing keeps, in the order in which the second run asks for them. */
  private kept: Storage[] = []
  private matmuls = 0
  private readonly tape: Tape
  private readonly run: (scope: Scope) => void
  /** What the closure over the block's arguments keeps alive. */
  private held: Storage[]
  private readonly autocast: number
  private readonly layer: number
  private slots = 0
  private unreleased = 0
  private recomputing = false
  private recomputed = false
  private filled: (Storage | null)[] = []
  /** Slots whose node is gone before anyone asked for them. */
  private readonly abandoned = new Set<number>()
  private recomputedNodes: GradNode[] = []

  constructor (tape: Tape, held: readonly Storage[], run: (scope: Scope) => void, selection: Selection | null = null) {
    this.selection = selection
    this.tape = tape
    this.run = run
    this.held = held.map((storage) => tape.retain(storage))
    this.autocast = tape.autocast
    this.layer = tape.layer
  }

  /** What it keeps alive until its nodes have released what they saved. */
  get keeps (): readonly Storage[] { return [...this.held, ...this.kept] }

  /** During the first run saved tensors are not kept at all, not even by a graph that nobody differentiates. */
  get isFirstRun (): boolean { return !this.recomputing }

  /**
   * The output of an operation under selective checkpointing (torch/utils/checkpoint.py _CachingTorchDispatchMode and
   * _CachedTorchDispatchMode): a selected one is kept in the first run and handed over in the second, where it is not made again.
   */
  produce (operation: Selectable, make: () => Storage): Storage {
    if (!this.selection) return make()
    if (operation === 'matmul') this.matmuls++
    if (!SELECTS[this.selection](operation, this.matmuls)) return make()
    if (this.recomputing) return this.kept.shift()!
    const result = make()
    this.kept.push(this.tape.retain(result))
    return result
  }

  pack (node: GradNode, saved: readonly Storage[]): void {
    if (!this.recomputing) {
      node.firstSlot = this.slots
      node.slots = saved.length
      this.slots += saved.length
      this.unreleased += saved.length
      return
    }
    for (const storage of saved) {
      this.filled.push(this.abandoned.has(this.filled.length) ? null : this.tape.retain(storage))
      if (this.filled.length === this.slots) throw STOP_RECOMPUTATION
    }
    // The graph of the second run keeps them too, until it is dropped.
    for (const storage of saved) this.tape.retain(storage)
    node.saved = saved
    this.recomputedNodes.push(node)
  }

  /** What `node` saved, after running the block again if nobody has yet. */
  unpack (node: GradNode): Storage[] {
    if (!this.recomputed) this.recompute()
    const saved = this.filled.slice(node.firstSlot, node.firstSlot + node.slots)
    return this.abandoned.size === 0 ? saved as Storage[] : saved.filter((storage) => storage !== null)
  }

  /** The node's part of the graph was dropped before the backward pass: its slots are counted in the second run but not filled. */
  abandon (node: GradNode): void {
    for (let i = 0; i < node.slots; i++) this.abandoned.add(node.firstSlot + i)
    this.released(node)
  }

  /** The node has released its saved tensors. With the last of them the frame goes, and with it the block's arguments. */
  released (node: GradNode): void {
    this.unreleased -= node.slots
    if (this.unreleased > 0) return
    for (const storage of [...this.held, ...this.kept]) this.tape.release(storage)
    this.held = []
    this.kept = []
  }

  private recompute (): void {
    const { tape } = this
    const { frame, gradEnabled, autocast, weightCache, module, category, layer, graphKept } = tape
    this.recomputing = true
    this.matmuls = 0
    tape.graphKept = []
    tape.frame = this
    tape.gradEnabled = true
    tape.autocast = this.autocast
    tape.weightCache = this.autocast ? new Map() : null
    tape.category = 'activations'
    tape.layer = this.layer
    const depth = tape.scopes.length
    try {
      this.run(new Scope(tape))
    } catch (error) {
      if (error !== STOP_RECOMPUTATION) throw error
    }
    // The exception unwinds every Python frame of the second run.
    for (const scope of tape.scopes.slice(depth).reverse()) scope.close()
    const surviving = nodesBehind(tape.survivors)
    tape.survivors = []
    for (const node of this.recomputedNodes) {
      for (const storage of node.saved) if (surviving.has(node)) graphKept.push(storage)
      else tape.release(storage)
    }
    this.recomputedNodes = []
    tape.freeGraph()
    for (const cast of tape.weightCache?.values() ?? []) tape.release(cast.storage)
    Object.assign(tape, { frame, gradEnabled, autocast, weightCache, module, category, layer, graphKept })
    this.recomputed = true
  }
}

/** The nodes of the graph that these tensors hold. */
function nodesBehind (tensors: readonly Tensor[]): Set<GradNode> {
  const nodes = new Set<GradNode>()
  const stack: Edge[] = tensors.map((tensor) => tensor.node)
  for (let edge = stack.pop(); edge !== undefined; edge = stack.pop()) {
    if (!(edge instanceof GradNode) || nodes.has(edge)) continue
    nodes.add(edge)
    stack.push(...edge.edges)
  }
  return nodes
}
