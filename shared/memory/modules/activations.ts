import { edgeOf, GradNode, Scope, type Tensor } from '../tape/index.ts'
import { add, cast, gradient, multiply, needsGrad, output, passThrough, scale, silu, tanh } from './elementwise.ts'

/**
 * What ACT2FN makes of a config's activation (transformers/activations.py). `gelu` stands for both fused kernels (erf and
 * tanh); `gelu-python` for gelu_new, which is written out in Python operations.
 */
export type Activation = 'silu' | 'gelu' | 'gelu-python' | 'relu' | 'relu2'

export function activate (scope: Scope, x: Tensor, activation: Activation): Tensor {
  switch (activation) {
    case 'silu': return silu(scope, x)
    case 'gelu': return gelu(scope, x)
    case 'gelu-python': return newGelu(scope, x)
    case 'relu': return relu(scope, x)
    case 'relu2': return reluSquared(scope, x)
  }
}

/** F.gelu, either approximation: keeps its input. */
function gelu (scope: Scope, x: Tensor): Tensor {
  const { tape } = scope
  const node = needsGrad(tape, x) ? new GradNode(tape, [edgeOf(x)], [x.storage], () => [gradient(tape, x.shape, x.elementSize)]) : null
  return output(scope, x.shape, x.elementSize, 'gelu output', node)
}

/** F.relu: keeps its output (threshold_backward). */
export function relu (scope: Scope, x: Tensor): Tensor {
  const { tape } = scope
  const result = output(scope, x.shape, x.elementSize, 'relu output')
  if (needsGrad(tape, x)) {
    result.requiresGrad = true
    result.node = new GradNode(tape, [edgeOf(x)], [result.storage], () => [gradient(tape, x.shape, x.elementSize)])
  }
  return result
}

/** ReLUSquaredActivation: relu, then torch.square, which keeps its input. */
function reluSquared (caller: Scope, x: Tensor): Tensor {
  const scope = new Scope(caller.tape)
  return scope.return(power(scope, relu(scope, x), 'squared'), caller)
}

/** NewGELUActivation: 0.5 · x · (1 + tanh(√(2/π) · (x + 0.044715 · x³))), operation by operation. Autocast computes the power in fp32. */
function newGelu (caller: Scope, x: Tensor): Tensor {
  const { tape } = caller
  const scope = new Scope(tape)
  const then = (from: Tensor, next: Tensor): Tensor => {
    scope.drop(from)
    return next
  }
  const half = scale(scope, x, '0.5 · x')
  const wide = tape.autocast ? cast(scope, x, 4, 'x in fp32') : x
  const cube = power(scope, wide, 'x³')
  if (wide !== x) scope.drop(wide)
  const weighted = then(cube, scale(scope, cube, '0.044715 · x³'))
  const sum = then(weighted, add(scope, x, weighted, 'x + 0.044715 · x³'))
  const inner = then(sum, scale(scope, sum, '√(2/π) · …'))
  const bounded = then(inner, tanh(scope, inner))
  const shifted = then(bounded, passThrough(scope, bounded, '1 + tanh'))
  return scope.return(multiply(scope, half, shifted, 'gelu output'), caller)
}

/** torch.pow with a number: keeps its input. Backward: the power below, scaled, times the gradient. */
export function power (scope: Scope, x: Tensor, role: string): Tensor {
  const { tape } = scope
  const node = needsGrad(tape, x)
    ? new GradNode(tape, [edgeOf(x)], [x.storage], () => {
      const [lower, scaled, result] = Array.from({ length: 3 }, () => gradient(tape, x.shape, x.elementSize))
      tape.release(lower!)
      tape.release(scaled!)
      return [result!]
    })
    : null
  return output(scope, x.shape, x.elementSize, role, node)
}
