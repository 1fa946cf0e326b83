import { dimension, edgeOf, GradNode, shape, type Scope, type Shape, type Tensor } from '../../tape/index.ts'
import { cast, gradient, needsGrad, output } from '../elementwise.ts'
import type { WeightFormat } from './format.ts'
import { codes, state } from './store.ts'

/** Share of the input's features taken for outliers at most; the LLM.int8 paper counts about 0.1 %. */
const OUTLIERS = 0.01

/**
 * LLM.int8 of bitsandbytes with its threshold of 6. The input stays alive as an attribute of the autograd context until
 * the graph is freed: saved-tensor hooks do not see it, so that non-reentrant checkpointing does not free it either.
 */
export const int8: WeightFormat = {
  source: 'bitsandbytes autograd/_functions.py MatMul8bitLt, backends/cuda/ops.py int8_vectorwise_quant, int8_mm_dequant',
  known: 'read',
  keepsPastCheckpoints: true,
  // peft/tuners/lora/bnb.py Linear8bitLt.forward
  lora: { clones: false, castsInput: 'outside-autocast', castsBack: 'update' },
  // peft/tuners/ia3/bnb.py Linear8bitLt.forward
  ia3: { clones: false },
  store (tape, weight) {
    codes(tape, 'N·K', weight.elements, 'int8 weight')
    state(tape, 'N', weight.dimensions[0]!.size, 4, 'int8 scales')
  },
  apply: matmul8bit,
  spread: (weight, rows) => ({ kept: OUTLIERS * rows * weight.dimensions[1]!.size * 2, transient: OUTLIERS * weight.elements * 2 })
}

function matmul8bit (scope: Scope, x: Tensor, weight: Shape, extent: Shape): Tensor {
  const { tape } = scope
  const [, into] = weight.dimensions
  const rows = shape(dimension('b·s', x.elements / into!.size))
  // The custom function runs outside autocast's reach: its input keeps its type.
  const size = x.elementSize
  const half = cast(scope, x, 2, 'int8: input in fp16')
  const fp16 = half === x ? tape.allocate(x.shape, 2, 'int8: input in fp16', 'temporaries') : null
  const rowStatistics = tape.allocate(rows, 4, 'int8: absmax of the rows', 'temporaries')
  const quantized = tape.allocate(x.shape, 1, 'int8 input', 'temporaries')
  const magnitude = tape.allocate(x.shape, 2, 'int8: absolute input', 'temporaries')
  const outliers = tape.allocate(x.shape, 1, 'int8: outliers', 'temporaries')
  for (const temporary of [magnitude, outliers]) tape.release(temporary)
  if (fp16) tape.release(fp16)
  if (half !== x) scope.drop(half)
  const integers = tape.allocate(extent, 4, 'int8: product in int32', 'temporaries')
  const narrow = tape.allocate(extent, 2, 'int8: product in fp16', 'temporaries')
  const typed = tape.allocate(extent, size, 'int8: product', 'temporaries')
  for (const temporary of [integers, narrow]) tape.release(temporary)
  // output.addmm(subA, subB); the bias was added in place.
  const result = output(scope, extent, size, 'output')
  for (const temporary of [typed, quantized, rowStatistics]) tape.release(temporary)
  if (needsGrad(tape, x)) {
    result.requiresGrad = true
    // ctx.tensors = (CAt, subA, A)
    tape.keepWithGraph(x.storage)
    result.node = new GradNode(tape, [edgeOf(x)], [], () => {
      const again = tape.allocate(weight, size, 'dequantized weight of int8', 'temporaries')
      const dInput = gradient(tape, x.shape, size)
      tape.release(again)
      dInput.isView = true
      return [dInput]
    })
  }
  return result
}
