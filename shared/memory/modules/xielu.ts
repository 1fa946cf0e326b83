import { edgeOf, GradNode, Scope, type Tensor } from '../tape/index.ts'
import { add, cast, gradient, multiply, needsGrad, output, passThrough, scale } from './elementwise.ts'
import type { Parameter } from './linear.ts'

/** The two learned values of one xIELU. */
export interface XieluParameters {
  readonly positive: Parameter
  readonly negative: Parameter
}

/** transformers activations.py XIELUActivation._xielu_python, operation by operation; autocast computes softplus and expm1 in fp32. */
export function xielu (caller: Scope, x: Tensor, { positive, negative }: XieluParameters): Tensor {
  const { tape } = caller
  const scope = new Scope(tape)
  const wide = (t: Tensor): Tensor => tape.autocast ? cast(scope, t, 4, 'in fp32') : t
  const alphaP = scale(scope, wide(positive), 'softplus output')
  const alphaN = passThrough(scope, scale(scope, wide(negative), 'softplus output'), 'β + softplus')
  const isPositive = output(scope, x.shape, 1, 'x > 0')
  const above = product(scope, alphaP, x)
  const below = negativePart(scope, x, alphaN)
  const result = choose(scope, isPositive, above, below)
  return scope.return(result, caller)
}

/** α · x · x + β · x */
function product (caller: Scope, alpha: Tensor, x: Tensor): Tensor {
  const scope = new Scope(caller.tape)
  const first = multiply(scope, alpha, x, 'α · x')
  const square = multiply(scope, first, x, 'α · x²')
  scope.drop(first)
  return scope.return(add(scope, square, scale(scope, x, 'β · x'), 'positive part'), caller)
}

/** (expm1(min(x, ε)) − x) · α + β · x */
function negativePart (caller: Scope, x: Tensor, alpha: Tensor): Tensor {
  const scope = new Scope(caller.tape)
  const bounded = minimum(scope, x)
  const inner = scope.tape.autocast ? cast(scope, bounded, 4, 'in fp32') : bounded
  const grown = expm1(scope, inner)
  scope.drop(...new Set([inner, bounded]))
  const less = subtract(scope, grown, x)
  scope.drop(grown)
  const scaled = multiply(scope, less, alpha, 'scaled')
  scope.drop(less)
  return scope.return(add(scope, scaled, scale(scope, x, 'β · x'), 'negative part'), caller)
}

/** torch.min(x, ε): keeps x; backward halves the gradient of equal elements and masks the others. */
function minimum (scope: Scope, x: Tensor): Tensor {
  const { tape } = scope
  const node = needsGrad(tape, x)
    ? new GradNode(tape, [edgeOf(x)], [x.storage], () => {
      const half = gradient(tape, x.shape, x.elementSize)
      const equal = gradient(tape, x.shape, 1)
      const result = gradient(tape, x.shape, x.elementSize)
      const greater = gradient(tape, x.shape, 1)
      for (const temporary of [half, equal, greater]) tape.release(temporary)
      return [result]
    })
    : null
  return output(scope, x.shape, x.elementSize, 'min(x, ε)', node)
}

/** torch.expm1: keeps its result. */
function expm1 (scope: Scope, x: Tensor): Tensor {
  const { tape } = scope
  const result = output(scope, x.shape, x.elementSize, 'expm1 output')
  if (needsGrad(tape, x)) {
    result.requiresGrad = true
    result.node = new GradNode(tape, [edgeOf(x)], [result.storage], () => {
      const raised = gradient(tape, x.shape, x.elementSize)
      const made = gradient(tape, x.shape, x.elementSize)
      tape.release(raised)
      return [made]
    })
  }
  return result
}

/** a − b, where b may be narrower: backward passes the gradient to a and its negative, cast back, to b. */
function subtract (scope: Scope, a: Tensor, b: Tensor): Tensor {
  const { tape } = scope
  const node = needsGrad(tape, a, b)
    ? new GradNode(tape, [edgeOf(a), edgeOf(b)], [], (g) => [a.requiresGrad ? tape.retain(g) : null, b.requiresGrad ? gradient(tape, a.shape, a.elementSize) : null])
    : null
  if (node && b.elementSize < a.elementSize) {
    node.fit = ([first, negated]) => {
      if (!negated) return [first!, null]
      const narrowed = gradient(tape, b.shape, b.elementSize)
      tape.release(negated)
      return [first!, narrowed]
    }
  }
  return output(scope, a.shape, a.elementSize, 'difference', node)
}

/** torch.where(mask, a, b): keeps the mask; backward makes a gradient for each. */
function choose (scope: Scope, mask: Tensor, a: Tensor, b: Tensor): Tensor {
  const { tape } = scope
  const node = needsGrad(tape, a, b)
    ? new GradNode(tape, [edgeOf(a), edgeOf(b)], [mask.storage], () => [a, b].map((t) => t.requiresGrad ? gradient(tape, t.shape, t.elementSize) : null))
    : null
  return output(scope, a.shape, Math.max(a.elementSize, b.elementSize), 'xielu output', node)
}
