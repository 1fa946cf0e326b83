import { GradNode, Leaf, NOTHING, type Edge } from './graph.ts'
import { ReadyQueue } from './queue.ts'
import type { Storage } from './storage.ts'
import type { Tape } from './tape.ts'

let visits = 0

const NO_EDGES: readonly Edge[] = []
const SPENT = (): never => { throw new Error('this part of the graph has been run and freed') }

/**
 * The backward pass from `root` (torch/csrc/autograd/engine.cpp): runs ready nodes newest first, releases what each saved as
 * soon as it has run, and accumulates gradients that meet. `onLayer` is told which decoder block the next node belongs to.
 */
export function backward (tape: Tape, root: GradNode, gradient: Storage, onLayer: (layer: number) => void = () => {}): void {
  const gradEnabled = tape.gradEnabled
  const { module, category } = tape
  tape.gradEnabled = false
  countDependencies(root)
  root.incoming = gradient
  const ready = new ReadyQueue()
  ready.push(root)
  for (let node = ready.pop(); node; node = ready.pop()) {
    onLayer(node.layer)
    tape.module = node.module
    tape.category = node.category === 'logits-and-loss' ? 'logits-and-loss' : 'temporaries'
    const incoming = node.incoming!
    node.incoming = null
    const { frame, slots } = node
    const saved = frame && slots > 0 ? frame.unpack(node) : node.saved
    const made = node.backward(incoming, saved)
    // What a checkpoint hands out lives as long as the backward function; a node's own saved tensors until the gradients are fitted.
    if (frame) for (const storage of saved) tape.release(storage)
    const gradients = node.fit ? node.fit(made) : made
    if (!frame) for (const storage of saved) tape.release(storage)
    node.saved = NOTHING
    if (frame && slots > 0) frame.released(node)
    tape.release(incoming)
    // A node that V8 has made in its old space would keep the whole graph from being collected while it is young.
    const { edges } = node
    node.edges = NO_EDGES
    node.backward = SPENT
    node.fit = null
    for (let i = 0; i < edges.length; i++) deliver(tape, edges[i]!, gradients[i] ?? null, ready)
  }
  tape.gradEnabled = gradEnabled
  tape.module = module
  tape.category = category
}

function countDependencies (root: GradNode): void {
  const visit = ++visits
  root.visit = visit
  const stack = [root]
  for (let node = stack.pop(); node; node = stack.pop()) {
    for (const edge of node.edges) {
      if (!edge) continue
      edge.dependencies++
      if (edge instanceof GradNode && edge.visit !== visit) {
        edge.visit = visit
        stack.push(edge)
      }
    }
  }
}

function deliver (tape: Tape, edge: Edge, gradient: Storage | null, ready: ReadyQueue): void {
  if (!edge) {
    if (gradient) tape.release(gradient)
    return
  }
  if (gradient) edge.incoming = edge.incoming ? accumulate(tape, edge.incoming, gradient) : gradient
  if (--edge.dependencies > 0 || !edge.incoming) return
  if (edge instanceof Leaf) settle(tape, edge)
  else ready.push(edge)
}

/** input_buffer.cpp InputBuffer::accumulate: in place only into a gradient that nobody else holds and that is not a view. */
function accumulate (tape: Tape, buffered: Storage, next: Storage): Storage {
  if (buffered.references === 1 && !buffered.isView) {
    tape.release(next)
    return buffered
  }
  const sum = tape.allocate(buffered.shape, buffered.elementSize, 'sum of gradients', buffered.category)
  tape.release(buffered)
  tape.release(next)
  return sum
}

/** accumulate_grad.h: the first gradient becomes `.grad` without a copy, later ones are added into it. */
function settle (tape: Tape, leaf: Leaf): void {
  leaf.beforeGrad?.()
  const gradient = leaf.incoming!
  leaf.incoming = null
  if (leaf.grad) {
    tape.release(gradient)
  } else {
    leaf.grad = gradient
    tape.recategorize(gradient, 'gradients')
  }
  leaf.afterGrad?.()
}
