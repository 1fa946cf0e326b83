import type { Quantization } from '../../../plan/index.ts'
import { edgeOf, GradNode, type Scope, type Shape, type Storage, type Tape, type Tensor } from '../../tape/index.ts'
import { cast, gradient, needsGrad, output, selectableOutput } from '../elementwise.ts'
import type { Parameter } from '../linear.ts'

/** The type that quantized layers compute in: bf16 or fp16. */
export const COMPUTE_SIZE = 2

export interface Dequantizing {
  /** Name of the format, for explanations. */
  readonly format: Quantization['type']
  /** The input is saved for the backward pass, though the weight is frozen. */
  readonly keepsInput?: boolean
  /** Makes what exists when the weight of [out, in] has been dequantized; the last one is the weight, the others are released again. */
  readonly forward?: (tape: Tape, weight: Shape) => Storage | null
  readonly backward?: (tape: Tape, weight: Shape) => Storage
}

export const dequantized = (tape: Tape, weight: Shape, format: Quantization['type']): Storage => tape.allocate(weight, COMPUTE_SIZE, `dequantized weight of ${format}`, 'temporaries')

/**
 * A linear layer over a frozen quantized weight that is dequantized for each matmul and dropped, forward and backward. The
 * input is cast to the compute type, the bias added inside the matmul; the result returns to the input's type.
 */
export function dequantizingLinear (scope: Scope, x: Tensor, weightShape: Shape, extent: Shape, bias: Parameter | null, how: Dequantizing): Tensor {
  const { tape } = scope
  const whole = (t: Tape, extent: Shape): Storage => dequantized(t, extent, how.format)
  const { forward = whole, backward = whole } = how
  const input = cast(scope, x, COMPUTE_SIZE, 'input in the compute type')
  const narrowBias = bias && bias.elementSize > COMPUTE_SIZE ? tape.allocate(bias.shape, COMPUTE_SIZE, 'bias in the compute type', 'temporaries') : null
  const weight = forward(tape, weightShape)
  const product = bias ? output(scope, extent, COMPUTE_SIZE, 'output') : selectableOutput(scope, 'matmul', extent, COMPUTE_SIZE, 'output')
  if (weight) tape.release(weight)
  if (narrowBias) tape.release(narrowBias)
  if (needsGrad(tape, input)) {
    // A custom autograd.Function saves when its forward has returned.
    product.requiresGrad = true
    product.node = new GradNode(tape, [edgeOf(input)], how.keepsInput ? [input.storage] : [], () => {
      const again = backward(tape, weightShape)
      const result = gradient(tape, input.shape, COMPUTE_SIZE)
      tape.release(again)
      result.isView = true
      return [result]
    })
  }
  // The name `x` stays bound to the cast input while the output is cast.
  const result = cast(scope, product, x.elementSize, 'output in the input type')
  if (input !== x) scope.drop(input)
  if (result !== product) scope.drop(product)
  return result
}
