import { edgeOf, GradNode, Tensor, type Edge, type Scope, type Shape, type Storage } from '../../tape/index.ts'
import { cast, gradient, needsGrad, output, passThrough } from '../elementwise.ts'
import { asView, unary } from './operations.ts'

/* Further operations of recurrences that transformers writes out in PyTorch: of chunks in a scan and of triangular systems. */

/** Drops the handle that a name was bound to, now that it is bound to `next`. */
export function rebind (scope: Scope, old: Tensor, next: Tensor): Tensor {
  if (next !== old) scope.drop(old)
  return next
}

/** Another shape on the same storage. `copies`: the gradient arrives in an order that its reshape has to copy. */
export function reshaped (scope: Scope, x: Tensor, extent: Shape, copies = false): Tensor {
  const { tape } = scope
  const node = needsGrad(tape, x)
    ? new GradNode(tape, [edgeOf(x)], [], (g) => {
      if (copies) return [gradient(tape, x.shape, x.elementSize)]
      return [asView(tape.retain(g))]
    })
    : null
  tape.retain(x.storage)
  return scope.own(new Tensor(x.storage, extent, x.elementSize, node !== null, node))
}

/** `x[:, i]` or `x[:, a:b]`: a view; backward puts the gradient into zeros of the full extent (select_backward). */
export function part (scope: Scope, x: Tensor, extent: Shape): Tensor {
  const { tape } = scope
  const node = needsGrad(tape, x) ? new GradNode(tape, [edgeOf(x)], [], () => [gradient(tape, x.shape, x.elementSize)]) : null
  tape.retain(x.storage)
  return scope.own(new Tensor(x.storage, extent, x.elementSize, node !== null, node))
}

/** `base[:, i] = value` in place (CopySlices): backward copies the whole gradient once more. Consumes the handle on base. */
export function assignPart (scope: Scope, base: Tensor, value: Tensor): Tensor {
  const { tape } = scope
  const size = base.elementSize
  const edges = [edgeOf(base), edgeOf(value)]
  const node = needsGrad(tape, base, value)
    ? new GradNode(tape, edges, [], () => {
      const whole = gradient(tape, base.shape, size)
      let own = gradient(tape, value.shape, size)
      const zeros = edges[0] ? gradient(tape, value.shape, size) : null
      if (value.elementSize !== size) {
        const wide = own
        own = gradient(tape, value.shape, value.elementSize)
        tape.release(wide)
      }
      tape.release(zeros ?? whole)
      return [zeros ? whole : null, own]
    })
    : null
  tape.retain(base.storage)
  const result = scope.own(new Tensor(base.storage, base.shape, size, node !== null, node))
  scope.drop(base)
  return result
}

/** rsqrt(x + ε): keeps its output. Consumes the handle on x. */
export function rsqrtOfSum (scope: Scope, x: Tensor): Tensor {
  const { tape } = scope
  const edges = [edgeOf(x)]
  const needs = needsGrad(tape, x)
  const raised = output(scope, x.shape, x.elementSize, 'sum + ε')
  scope.drop(x)
  const result = output(scope, x.shape, x.elementSize, 'reciprocal root')
  scope.drop(raised)
  if (needs) {
    result.requiresGrad = true
    result.node = new GradNode(tape, edges, [result.storage], () => {
      const [cubed, scaled, made] = [1, 2, 3].map(() => gradient(tape, x.shape, x.elementSize))
      tape.release(cubed!)
      tape.release(scaled!)
      return [made!]
    })
  }
  return result
}

/** −x */
export const negative = (scope: Scope, x: Tensor): Tensor => unary(scope, x, x.shape, 'negated')

/** a − b over `extent`, either broadcast: backward negates for b, then fits both to their operands. */
export function subtract (scope: Scope, a: Tensor, b: Tensor, extent: Shape, role: string): Tensor {
  const { tape } = scope
  const size = Math.max(a.elementSize, b.elementSize)
  let node: GradNode | null = null
  if (needsGrad(tape, a, b)) {
    const operands = [a, b] as const
    const edges = operands.map(edgeOf)
    node = new GradNode(tape, edges, [], (g) => [edges[0] ? tape.retain(g) : null, edges[1] ? gradient(tape, extent, size) : null])
    node.fit = (made) => made.map((storage, i) => {
      const operand = operands[i]!
      return storage && fitted(scope, storage, operand, extent, size)
    })
  }
  return output(scope, extent, size, role, node)
}

function fitted ({ tape }: Scope, made: Storage, operand: Tensor, extent: Shape, size: number): Storage {
  let result = made
  const replace = (elementSize: number): void => {
    const next = gradient(tape, operand.shape, elementSize)
    tape.release(result)
    result = next
  }
  if (operand.elements < extent.elements) replace(size)
  if (operand.elementSize !== size) replace(operand.elementSize)
  return result
}

/**
 * torch.matmul of batched activations. Autocast casts the right operand first; then those are copied whose first dimensions do
 * not merge (`copies`). The gradients are views of what bmm makes. `further`: what else goes when its node has run.
 */
export function batchedMatmul (
  scope: Scope, a: Tensor, b: Tensor, extent: Shape, role: string, further: readonly Tensor[] = [], copies: readonly [boolean, boolean] = [false, false]
): Tensor {
  const { tape } = scope
  const narrow = (t: Tensor): Tensor => tape.autocast ? cast(scope, t, Math.min(t.elementSize, tape.autocast), 'in the autocast type') : t
  const ordered = (t: Tensor, copy: boolean): Tensor => copy ? passThrough(scope, t, 'contiguous copy') : t
  const casts = { b: narrow(b), a: narrow(a) }
  const left = ordered(casts.a, copies[0])
  const right = ordered(casts.b, copies[1])
  let node: GradNode | null = null
  if (needsGrad(tape, left, right)) {
    const operands = [left, right]
    const edges = operands.map(edgeOf)
    const saves = [...(right.requiresGrad ? [left.storage] : []), ...(left.requiresGrad ? [right.storage] : []), ...further.map((t) => t.storage)]
    node = new GradNode(tape, edges, saves, () => {
      const made = (i: 0 | 1): Storage | null =>
        edges[i] ? asView(gradient(tape, operands[i]!.shape, operands[i]!.elementSize)) : null
      const second = made(1)
      return [made(0), second]
    })
  }
  const result = output(scope, extent, left.elementSize, role, node)
  scope.drop(...new Set([casts.b, casts.a, right, left].filter((t) => t !== a && t !== b)))
  return result
}

/** torch.linalg.solve_triangular(a, b): keeps a and its result. */
export function solveTriangular (scope: Scope, a: Tensor, b: Tensor, role: string): Tensor {
  const { tape } = scope
  const result = output(scope, b.shape, b.elementSize, role)
  if (needsGrad(tape, a, b)) {
    const edges = [edgeOf(a), edgeOf(b)]
    result.requiresGrad = true
    result.node = new GradNode(tape, edges, [a.storage, result.storage], () => {
      const forB = gradient(tape, b.shape, b.elementSize)
      if (!edges[0]) return [null, forB]
      const product = gradient(tape, a.shape, a.elementSize)
      const negated = gradient(tape, a.shape, a.elementSize)
      tape.release(product)
      const triangle = gradient(tape, a.shape, a.elementSize)
      tape.release(negated)
      if (edges[1]) return [triangle, forB]
      tape.release(forB)
      return [triangle, null]
    })
  }
  return result
}

/**
 * What the nodes behind dropped tensors kept goes, back to those of tensors that are still of use: nobody will ask for these
 * gradients.
 */
export function forget ({ tape }: Scope, dropped: readonly Tensor[], used: readonly Tensor[]): void {
  const seen = new Set<unknown>(used.map(edgeOf))
  const visit = (edge: Edge): void => {
    if (!(edge instanceof GradNode) || seen.has(edge)) return
    seen.add(edge)
    if (edge.frame?.isFirstRun) edge.frame.abandon(edge)
    for (const storage of edge.saved) tape.release(storage)
    edge.saved = []
    edge.edges.forEach(visit)
  }
  for (const tensor of dropped) visit(edgeOf(tensor))
}
