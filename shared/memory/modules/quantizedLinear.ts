import { edgeOf, GradNode, type Scope, type Shape, type Tensor } from '../tape/index.ts'
import { cast, gradient, needsGrad, output } from './elementwise.ts'
import type { Parameter } from './linear.ts'

/** bnb_4bit_compute_dtype of every QLoRA recipe: bf16. */
const COMPUTE_SIZE = 2

/**
 * bitsandbytes Linear4bit over a frozen weight (bitsandbytes/nn/modules.py Linear4bit.forward, autograd/_functions.py
 * MatMul4Bit): the weight is dequantized for the matmul and dropped, forward and backward; nothing but the packed weight is
 * kept. The bias is added inside the matmul; the result returns to the input's type.
 */
export function quantizedLinear (scope: Scope, x: Tensor, weightShape: Shape, extent: Shape, bias: Parameter | null): Tensor {
  const { tape } = scope
  const input = cast(scope, x, COMPUTE_SIZE, 'input in the compute type')
  const narrowBias = bias && bias.elementSize > COMPUTE_SIZE ? tape.allocate(bias.shape, COMPUTE_SIZE, 'bias in the compute type', 'temporaries') : null
  const weight = tape.allocate(weightShape, COMPUTE_SIZE, 'dequantized weight', 'temporaries')
  const node = needsGrad(tape, input)
    ? new GradNode(tape, [edgeOf(input)], [], () => {
      const dequantized = tape.allocate(weightShape, COMPUTE_SIZE, 'dequantized weight', 'temporaries')
      const result = gradient(tape, input.shape, COMPUTE_SIZE)
      tape.release(dequantized)
      result.isView = true
      return [result]
    })
    : null
  const product = output(scope, extent, COMPUTE_SIZE, 'output', node)
  tape.release(weight)
  if (narrowBias) tape.release(narrowBias)
  // The name `x` stays bound to the cast input while the output is cast.
  const result = cast(scope, product, x.elementSize, 'output in the input type')
  if (input !== x) scope.drop(input)
  if (result !== product) scope.drop(product)
  return result
}
