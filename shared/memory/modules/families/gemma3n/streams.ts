import { edgeOf, GradNode, Scope, Tensor, type Shape } from '../../../tape/index.ts'
import { cast, gradient, anyNeedsGrad, needsGrad, output } from '../../elementwise.ts'

/* Operations on the parallel streams [n, b, s, h] (tools/autograd/derivatives.yaml). */

/** `streams[0]`: a view; select_backward pads with zeros to all streams. */
export function firstOf (scope: Scope, streams: Tensor, extent: Shape): Tensor {
  const { tape } = scope
  const node = needsGrad(tape, streams) ? new GradNode(tape, [edgeOf(streams)], [], () => [gradient(tape, streams.shape, streams.elementSize)]) : null
  tape.retain(streams.storage)
  return scope.own(new Tensor(streams.storage, extent, streams.elementSize, node !== null, node))
}

/**
 * torch.matmul of the streams, streams last, and a matrix per token: a bmm over views, which keeps both. Its gradients arrive as
 * views of its results.
 */
export function mix (scope: Scope, streams: Tensor, coefficients: Tensor): Tensor {
  const { tape } = scope
  let node: GradNode | null = null
  if (needsGrad(tape, streams, coefficients)) {
    const operands = [streams, coefficients] as const
    const edges = operands.map(edgeOf)
    const saves = [...(coefficients.requiresGrad ? [streams.storage] : []), ...(streams.requiresGrad ? [coefficients.storage] : [])]
    node = new GradNode(tape, edges, saves, () => operands.map((t, i) => {
      if (!edges[i]) return null
      const made = gradient(tape, t.shape, t.elementSize)
      made.isView = true
      return made
    }))
  }
  return output(scope, streams.shape, streams.elementSize, 'mixed streams', node)
}

/**
 * `view += b`, a view of all of x: in place, so the graph of x gets a CopySlices node (autograd/functions/tensor.cpp), which copies
 * the gradient of the whole and clones it for the addition; the view's own node (AsStridedBackward) writes its gradient into zeros.
 */
export function addIntoView (scope: Scope, x: Tensor, b: Tensor): Tensor {
  return viewOf(scope, x, x.shape, addsInto(scope, x, b, x.shape))
}

/**
 * `x[1:] += b`: CopySlices of the addition, and once more for the copy that __setitem__ makes of the result onto itself.
 * Consumes the handle on x.
 */
export function addToRest (scope: Scope, x: Tensor, b: Tensor, rest: Shape): Tensor {
  const { tape } = scope
  const added = addsInto(scope, x, b, rest)
  const view = viewOf(scope, x, rest, added)
  let node: GradNode | null = null
  if (added) {
    node = new GradNode(tape, [added, view.node], [], () => {
      const whole = gradient(tape, x.shape, x.elementSize)
      const clone = gradient(tape, rest, x.elementSize)
      tape.release(gradient(tape, rest, x.elementSize))
      return [whole, clone]
    })
  }
  scope.drop(view)
  tape.retain(x.storage)
  const result = scope.own(new Tensor(x.storage, x.shape, x.elementSize, node !== null, node))
  scope.drop(x)
  return result
}

function addsInto ({ tape }: Scope, x: Tensor, b: Tensor, part: Shape): GradNode | null {
  if (!needsGrad(tape, x, b)) return null
  const edges = [edgeOf(x), edgeOf(b)]
  const node = new GradNode(tape, edges, [], () => {
    const whole = gradient(tape, x.shape, x.elementSize)
    const clone = gradient(tape, part, x.elementSize)
    if (edges[1]) return [whole, clone]
    tape.release(clone)
    return [whole, null]
  })
  // engine.cpp validate_outputs: summed to the extent, then cast.
  node.fit = ([whole = null, clone = null]) => {
    let fitted = clone
    const replace = (elementSize: number): void => {
      const before = fitted!
      fitted = gradient(tape, b.shape, elementSize)
      tape.release(before)
    }
    if (fitted && b.elements !== part.elements) replace(x.elementSize)
    if (fitted && b.elementSize !== x.elementSize) replace(b.elementSize)
    return [whole, fitted]
  }
  return node
}

function viewOf (scope: Scope, x: Tensor, extent: Shape, base: GradNode | null): Tensor {
  const { tape } = scope
  const node = base && new GradNode(tape, [base], [], () => [gradient(tape, x.shape, x.elementSize)])
  tape.retain(x.storage)
  return scope.own(new Tensor(x.storage, extent, x.elementSize, node !== null, node))
}

/** `x.repeat(n, 1, 1, 1)`: backward sums over the copies. */
export function repeat (scope: Scope, x: Tensor, extent: Shape): Tensor {
  const { tape } = scope
  const node = needsGrad(tape, x) ? new GradNode(tape, [edgeOf(x)], [], () => [gradient(tape, x.shape, x.elementSize)]) : null
  return output(scope, extent, x.elementSize, 'repeated', node)
}

/** torch.stack: backward hands out views of the gradient. Autocast brings the parts to the widest type first. */
export function stack (caller: Scope, parts: readonly Tensor[], extent: Shape): Tensor {
  const { tape } = caller
  const scope = new Scope(tape)
  const elementSize = Math.max(...parts.map((part) => part.elementSize))
  const wide = parts.map((part) => cast(scope, part, elementSize, 'in the widest type'))
  const node = anyNeedsGrad(tape, wide)
    ? new GradNode(tape, wide.map(edgeOf), [], (g) => {
      g.isView = true
      return wide.map((part) => part.requiresGrad ? tape.retain(g) : null)
    })
    : null
  return scope.return(output(scope, extent, elementSize, 'streams', node), caller)
}
