import { edgeOf, GradNode, Tensor, type Scope, type Shape, type Storage, type Tape } from '../../tape/index.ts'
import { cast, gradient, needsGrad, output } from '../elementwise.ts'

/* Operations of the recurrences of state-space layers (tools/autograd/derivatives.yaml). */

/** An operation of one input that keeps `saves` and makes one gradient of the input's extent and type. */
export function unary (scope: Scope, x: Tensor, extent: Shape, role: string, saves: readonly Storage[] = []): Tensor {
  const { tape } = scope
  const node = needsGrad(tape, x) ? new GradNode(tape, [edgeOf(x)], saves, () => [gradient(tape, x.shape, x.elementSize)]) : null
  return output(scope, extent, x.elementSize, role, node)
}

/**
 * a × b, broadcast to `extent`. Backward makes both products in full; the engine then fits each to its operand in turn (engine.cpp
 * validate_outputs): a sum where it was broadcast, a cast where it was of a narrower type.
 */
export function times (scope: Scope, a: Tensor, b: Tensor, extent: Shape, role: string): Tensor {
  const { tape } = scope
  const size = Math.max(a.elementSize, b.elementSize)
  let node: GradNode | null = null
  if (needsGrad(tape, a, b)) {
    const operands = [a, b] as const
    const edges = operands.map(edgeOf)
    const saves = [...(b.requiresGrad ? [a.storage] : []), ...(a.requiresGrad ? [b.storage] : [])]
    node = new GradNode(tape, edges, saves, () => edges.map((edge) => edge ? gradient(tape, extent, size) : null))
    node.fit = (made) => operands.map((operand, i) => {
      let result = made[i] ?? null
      if (result && operand.elements !== extent.elements) result = replaced(tape, result, operand.shape, size)
      if (result && operand.elementSize !== size) result = replaced(tape, result, operand.shape, operand.elementSize)
      return result
    })
  }
  return output(scope, extent, size, role, node)
}

export function replaced (tape: Tape, old: Storage, extent: Shape, elementSize: number): Storage {
  const result = gradient(tape, extent, elementSize)
  tape.release(old)
  return result
}

/** torch.exp: keeps its output. */
export function exponential (scope: Scope, x: Tensor, role: string): Tensor {
  const { tape } = scope
  const result = output(scope, x.shape, x.elementSize, role)
  if (needsGrad(tape, x)) {
    result.requiresGrad = true
    result.node = new GradNode(tape, [edgeOf(x)], [result.storage], () => [gradient(tape, x.shape, x.elementSize)])
  }
  return result
}

/** F.softplus: keeps its input. Autocast runs it in fp32. */
export function softplus (scope: Scope, x: Tensor): Tensor {
  const wide = scope.tape.autocast ? cast(scope, x, 4, 'in fp32') : x
  const result = unary(scope, wide, x.shape, 'softplus output', [wide.storage])
  if (wide !== x) scope.drop(wide)
  return result
}

/** F.pad with zeros: a copy even where nothing is added; so is the gradient cut back. */
export const pad = (scope: Scope, x: Tensor, extent: Shape, role: string): Tensor => unary(scope, x, extent, role)

/** masked_fill: keeps the mask; backward fills the gradient likewise. */
export const maskedFill = (scope: Scope, x: Tensor, mask: Tensor, extent: Shape): Tensor => {
  const { tape } = scope
  const node = needsGrad(tape, x) ? new GradNode(tape, [edgeOf(x)], [mask.storage], () => [gradient(tape, extent, x.elementSize)]) : null
  return output(scope, extent, x.elementSize, 'masked', node)
}

/** torch.cumsum: backward flips the gradient, sums it and flips it back. */
export function cumulativeSum (scope: Scope, x: Tensor, role: string): Tensor {
  const { tape } = scope
  const node = needsGrad(tape, x)
    ? new GradNode(tape, [edgeOf(x)], [], () => {
      const [flipped, summed, result] = Array.from({ length: 3 }, () => gradient(tape, x.shape, x.elementSize))
      tape.release(flipped!)
      tape.release(summed!)
      return [result!]
    })
    : null
  return output(scope, x.shape, x.elementSize, role, node)
}

/** The same storage under another extent. */
export function viewed (scope: Scope, x: Tensor, extent: Shape, node: GradNode | null = x.node): Tensor {
  scope.tape.retain(x.storage)
  return scope.own(new Tensor(x.storage, extent, x.elementSize, x.requiresGrad, node, node ? null : x.leaf))
}

/** A view whose gradient comes back as a view too: `x[..., None]`, a transpose. */
export function reshaped (scope: Scope, x: Tensor, extent: Shape): Tensor {
  const { tape } = scope
  return viewed(scope, x, extent, needsGrad(tape, x) ? new GradNode(tape, [edgeOf(x)], [], (g) => [asView(tape.retain(g))]) : null)
}

/** `x.expand(extent)`: backward sums the gradient down and hands on a view of it. */
export function expanded (scope: Scope, x: Tensor, extent: Shape): Tensor {
  const { tape } = scope
  if (!needsGrad(tape, x)) return viewed(scope, x, extent)
  return viewed(scope, x, extent, new GradNode(tape, [edgeOf(x)], [], (g) =>
    [asView(x.elements === extent.elements ? tape.retain(g) : gradient(tape, x.shape, x.elementSize))]))
}

/** repeat_interleave: a contiguous copy, even for one repeat; backward sums over the repeats. */
export function repeated (scope: Scope, x: Tensor, extent: Shape): Tensor {
  const view = expanded(scope, x, extent)
  const { tape } = scope
  const node = needsGrad(tape, view) ? new GradNode(tape, [edgeOf(view)], [], (g) => [tape.retain(g)]) : null
  const result = output(scope, extent, x.elementSize, 'for every head', node)
  scope.drop(view)
  return result
}

/** last − x, `last` one element per row: backward negates for x, and sums for `last`. */
export function subtractFromLast (scope: Scope, last: Tensor, x: Tensor, role: string): Tensor {
  const { tape } = scope
  let node: GradNode | null = null
  if (needsGrad(tape, last, x)) {
    node = new GradNode(tape, [edgeOf(last), edgeOf(x)], [], (g) => [tape.retain(g), gradient(tape, x.shape, x.elementSize)])
    node.fit = ([first, second]) => [replaced(tape, first!, last.shape, last.elementSize), second ?? null]
  }
  return output(scope, x.shape, x.elementSize, role, node)
}

/** A gradient that is the view of another: autograd does not add into it in place. */
export function asView (gradient: Storage): Storage {
  gradient.isView = true
  return gradient
}
