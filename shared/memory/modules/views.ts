import { edgeOf, GradNode, shape, Tensor, type Scope, type Shape, type Storage } from '../tape/index.ts'
import { gradient, anyNeedsGrad, needsGrad, output } from './elementwise.ts'

/* Views and their inverse: they share the storage; only their gradients cost memory. */

/** No element: what tells a node that the gradients it waits for have arrived. */
const NOTHING = shape({ symbol: '0', size: 0 })

/** `x[..., a:b]`; backward pads with zeros to the full extent (slice_backward). A slice of everything is an alias. */
export function slice (scope: Scope, x: Tensor, extent: Shape): Tensor {
  if (extent.elements === x.elements) return scope.alias(x)
  const { tape } = scope
  const node = needsGrad(tape, x) ? new GradNode(tape, [edgeOf(x)], [], () => [gradient(tape, x.shape, x.elementSize)]) : null
  return viewOf(scope, x, extent, node)
}

/**
 * `y = x[:, a:b]; y /= number`: in place on a view, so the graph of x gets a CopySlices node (autograd/functions/tensor.cpp): its backward
 * copies the gradient of the whole, clones the slice of it and divides that. The result is the view.
 */
export function divideInPlace (scope: Scope, x: Tensor, extent: Shape, role: string): Tensor {
  const { tape } = scope
  let base: GradNode | null = null
  if (needsGrad(tape, x)) {
    base = new GradNode(tape, [edgeOf(x)], [], () => {
      const whole = gradient(tape, x.shape, x.elementSize)
      const clone = tape.allocate(extent, x.elementSize, `gradient of ${role}`)
      const divided = gradient(tape, extent, x.elementSize)
      tape.release(clone)
      tape.release(divided)
      return [whole]
    })
  }
  const node = base && new GradNode(tape, [base], [], () => [gradient(tape, x.shape, x.elementSize)])
  return viewOf(scope, x, extent, node)
}

/** `x[..., [i], :]`: a copy; backward puts it into zeros of the full extent in place (index_backward). */
export function pick (scope: Scope, x: Tensor, extent: Shape): Tensor {
  const { tape } = scope
  const node = needsGrad(tape, x) ? new GradNode(tape, [edgeOf(x)], [], () => [gradient(tape, x.shape, x.elementSize)]) : null
  return output(scope, extent, x.elementSize, 'picked heads', node)
}

/** torch.chunk or torch.split: one node for all parts, whose backward concatenates their gradients, zeros for a part without one (split_backward). */
export function split (scope: Scope, x: Tensor, extents: readonly Shape[]): Tensor[] {
  const { tape } = scope
  if (!needsGrad(tape, x)) return extents.map((extent) => viewOf(scope, x, extent, null))
  const arrived: (Storage | undefined)[] = []
  const whole = new GradNode(tape, [edgeOf(x)], [], () => {
    const parts = extents.map((extent, i) => arrived[i] ?? gradient(tape, extent, x.elementSize))
    const result = gradient(tape, x.shape, x.elementSize)
    for (const part of parts) tape.release(part)
    arrived.length = 0
    return [result]
  })
  return extents.map((extent, i) => {
    const node = new GradNode(tape, [whole], [], (g) => {
      const isFirst = arrived.length === 0
      arrived[i] = tape.retain(g)
      return [isFirst ? gradient(tape, NOTHING, 1) : null]
    })
    return viewOf(scope, x, extent, node)
  })
}

/** torch.cat along the last dimension; backward hands out views of the gradient. */
export function concatenate (scope: Scope, parts: readonly Tensor[], extent: Shape, role: string): Tensor {
  const { tape } = scope
  const elementSize = Math.max(...parts.map((p) => p.elementSize))
  const node = anyNeedsGrad(tape, parts)
    ? new GradNode(tape, parts.map(edgeOf), [], (g) => {
      g.isView = true
      return parts.map((p) => p.requiresGrad ? tape.retain(g) : null)
    })
    : null
  return output(scope, extent, elementSize, role, node)
}

function viewOf (scope: Scope, x: Tensor, extent: Shape, node: GradNode | null): Tensor {
  scope.tape.retain(x.storage)
  return scope.own(new Tensor(x.storage, extent, x.elementSize, node !== null, node))
}
