import { edgeOf, GradNode, type Scope, type Shape, type Tensor } from '../../tape/index.ts'
import { cast, gradient, needsGrad, output } from '../elementwise.ts'
import { asView, viewed } from './operations.ts'

/** One einsum of two operands. */
export interface Contraction {
  /** Whether the operand has to be copied into the order of bmm, or is only viewed otherwise. */
  readonly copiesLeft: boolean
  readonly copiesRight: boolean
  readonly extent: Shape
  readonly role: string
  /** Whether the gradient has to be copied into the order of bmm. */
  readonly copiesGradient: boolean
}

/**
 * torch.einsum of two operands (ATen native/Linear.cpp sumproduct_pair): permute, reshape, bmm, permute. bmm keeps what it
 * multiplies: the copies, or under autocast the casts of them, the right one made first.
 */
export function contract (scope: Scope, left: Tensor, right: Tensor, how: Contraction): Tensor {
  const { tape } = scope
  const l = ordered(scope, left, how.copiesLeft)
  const r = ordered(scope, right, how.copiesRight)
  const size = tape.autocast || l.elementSize
  const [b, a] = [r, l].map((t) => cast(scope, t, size, 'operand in the autocast type')) as [Tensor, Tensor]
  let node: GradNode | null = null
  if (needsGrad(tape, a, b)) {
    const saves = [...(b.requiresGrad ? [a.storage] : []), ...(a.requiresGrad ? [b.storage] : [])]
    const edges = [edgeOf(a), edgeOf(b)]
    const product = new GradNode(tape, edges, saves, () => {
      const second = edges[1] ? asView(gradient(tape, b.shape, size)) : null
      return [edges[0] ? asView(gradient(tape, a.shape, size)) : null, second]
    })
    node = how.copiesGradient ? new GradNode(tape, [product], [], () => [gradient(tape, how.extent, size)]) : product
  }
  const result = output(scope, how.extent, size, how.role, node)
  scope.drop(...new Set([a, b, l, r]))
  return result
}

/** permute and reshape. What comes back is a view of the gradient. */
function ordered (scope: Scope, x: Tensor, copies: boolean): Tensor {
  const { tape } = scope
  const node = needsGrad(tape, x) ? new GradNode(tape, [edgeOf(x)], [], (g) => [asView(tape.retain(g))]) : null
  if (copies) return output(scope, x.shape, x.elementSize, 'copy for bmm', node)
  return viewed(scope, x, x.shape, node)
}
