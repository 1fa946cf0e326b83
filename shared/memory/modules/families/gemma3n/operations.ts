import { edgeOf, GradNode, type Scope, type Shape, type Tensor } from '../../../tape/index.ts'
import { power } from '../../activations.ts'
import { cast, gradient, needsGrad, output } from '../../elementwise.ts'

/* Operations that only this model has (tools/autograd/derivatives.yaml). */

/** a − b: the first gradient is passed on, the second negated, in full before it is summed to a smaller extent. */
export function subtract (scope: Scope, a: Tensor, b: Tensor, role: string): Tensor {
  const { tape } = scope
  const edges = [edgeOf(a), edgeOf(b)]
  const node = needsGrad(tape, a, b)
    ? new GradNode(tape, edges, [], (g) => [edges[0] ? tape.retain(g) : null, edges[1] ? gradient(tape, a.shape, a.elementSize) : null])
    : null
  if (node) {
    node.fit = ([own, other]) => {
      if (!other || b.elements === a.elements) return [own ?? null, other ?? null]
      const summed = gradient(tape, b.shape, b.elementSize)
      tape.release(other)
      return [own ?? null, summed]
    }
  }
  return output(scope, a.shape, a.elementSize, role, node)
}

/** mean over one dimension: keeps nothing; backward writes the expanded gradient out. */
export function mean (scope: Scope, x: Tensor, extent: Shape, role: string): Tensor {
  const { tape } = scope
  const node = needsGrad(tape, x) ? new GradNode(tape, [edgeOf(x)], [], () => [gradient(tape, x.shape, x.elementSize)]) : null
  return output(scope, extent, x.elementSize, role, node)
}

/** torch.std over the last dimension: keeps its input and its result (var_backward). */
export function deviation (scope: Scope, x: Tensor, rows: Shape): Tensor {
  const { tape } = scope
  const result = output(scope, rows, x.elementSize, 'deviation')
  if (needsGrad(tape, x)) {
    result.requiresGrad = true
    result.node = new GradNode(tape, [edgeOf(x)], [x.storage, result.storage], () => {
      const centered = gradient(tape, x.shape, x.elementSize)
      const made = gradient(tape, x.shape, x.elementSize)
      tape.release(centered)
      return [made]
    })
  }
  return result
}

/** `x ** number`; autocast takes the power in fp32, of a copy. */
export function raise (scope: Scope, x: Tensor, role: string): Tensor {
  const wide = scope.tape.autocast ? cast(scope, x, 4, 'in fp32') : x
  const result = power(scope, wide, role)
  if (wide !== x) scope.drop(wide)
  return result
}

/** sqrt(maximum(x, ε)): the first keeps both operands, the second its result. */
export function boundedRoot (scope: Scope, x: Tensor): Tensor {
  const { tape } = scope
  const one = (t: Tensor, saves: Tensor): GradNode => new GradNode(tape, [edgeOf(t)], [saves.storage], () => [gradient(tape, t.shape, t.elementSize)])
  const bounded = output(scope, x.shape, x.elementSize, 'bounded magnitude', needsGrad(tape, x) ? one(x, x) : null)
  const root = output(scope, x.shape, x.elementSize, 'magnitude')
  if (needsGrad(tape, bounded)) {
    root.requiresGrad = true
    root.node = one(bounded, root)
  }
  scope.drop(bounded)
  return root
}
