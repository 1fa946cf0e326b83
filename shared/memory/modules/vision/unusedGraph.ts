import { GradNode, type Tape, type Tensor } from '../../tape/index.ts'

/** The last handle on `end` goes: so do the nodes between it and `start`, which lives on, with what they saved. */
export function dropGraph (tape: Tape, end: Tensor, start: Tensor): void {
  const pending = [end.node]
  const seen = new Set<GradNode>()
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (!node || node === start.node || seen.has(node)) continue
    seen.add(node)
    for (const edge of node.edges) if (edge instanceof GradNode) pending.push(edge)
  }
  for (const node of seen) {
    if (node.frame) node.frame.abandon(node)
    else for (const storage of node.saved) tape.release(storage)
    node.saved = []
  }
}
