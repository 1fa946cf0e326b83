import type { Scope } from '../tape/index.ts'
import { edgeOf, GradNode, Tensor } from '../tape/index.ts'
import { add, gradient, halfOf, multiply, needsGrad, output } from './elementwise.ts'

/** transformers apply_rotary_pos_emb for one of q and k: (q · cos) + (rotate_half(q) · sin). */
export function applyRotary (scope: Scope, x: Tensor, cos: Tensor, sin: Tensor): Tensor {
  const direct = multiply(scope, x, cos, 'times cos')
  const rotated = rotateHalf(scope, x)
  const turned = multiply(scope, rotated, sin, 'times sin')
  scope.drop(rotated)
  const result = add(scope, direct, turned, 'output')
  scope.drop(direct, turned)
  return result
}

/** cat(−x₂, x₁); each half's slice_backward pads to the full extent, the second adds into the first. */
export function rotateHalf (scope: Scope, x: Tensor): Tensor {
  const { tape } = scope
  const half = halfOf(x.shape)
  const negative = output(scope, half, x.elementSize, 'negated half')
  const result = output(scope, x.shape, x.elementSize, 'rotated')
  scope.drop(negative)
  if (needsGrad(tape, x)) {
    result.requiresGrad = true
    result.node = new GradNode(tape, [edgeOf(x)], [], () => {
      const negated = gradient(tape, half, x.elementSize)
      const first = gradient(tape, x.shape, x.elementSize)
      tape.release(negated)
      const second = gradient(tape, x.shape, x.elementSize)
      tape.release(second)
      return [first]
    })
  }
  return result
}

/** Liger or Unsloth RoPE: in place, keeps nothing. */
export function fusedRotary (scope: Scope, x: Tensor): Tensor {
  const { tape } = scope
  const node = needsGrad(tape, x) ? new GradNode(tape, [edgeOf(x)], [], (g) => [tape.retain(g)]) : null
  tape.retain(x.storage)
  return scope.own(new Tensor(x.storage, x.shape, x.elementSize, node !== null, node))
}
