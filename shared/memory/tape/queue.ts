import type { GradNode } from './graph.ts'

/** The engine's ready queue: the node made last runs first (torch/csrc/autograd/engine.cpp CompareNodeTaskTime). */
export class ReadyQueue {
  private readonly heap: GradNode[] = []

  push (node: GradNode): void {
    const { heap } = this
    let at = heap.push(node) - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (heap[parent]!.sequence >= node.sequence) break
      heap[at] = heap[parent]!
      at = parent
    }
    heap[at] = node
  }

  pop (): GradNode | undefined {
    const { heap } = this
    const top = heap[0]
    const last = heap.pop()
    if (!top || !last || heap.length === 0) return top
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && heap[child + 1]!.sequence > heap[child]!.sequence) child++
      if (heap[child]!.sequence <= last.sequence) break
      heap[at] = heap[child]!
      at = child
    }
    heap[at] = last
    return top
  }
}
