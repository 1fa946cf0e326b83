import { shape, type Shape, type Storage, type Tape } from '../../tape/index.ts'
import { dequantized, dequantizingLinear } from './dequantizing.ts'
import type { WeightFormat } from './format.ts'
import { codes, state } from './store.ts'

/** EETQ int8, one scale per output: the kernel reads the weight packed; backward multiplies an identity matrix through it to unpack it. */
export const eetq: WeightFormat = {
  source: 'transformers integrations/eetq.py EetqLinearMMFunction',
  known: 'read',
  // peft/tuners/lora/eetq.py EetqLoraLinear.forward
  lora: { clones: false, castsInput: 'outside-autocast', castsBack: 'unscaled-update' },
  store (tape, weight) {
    codes(tape, 'N·K', weight.elements, 'eetq weight')
    state(tape, 'N', weight.dimensions[0]!.size, 2, 'eetq scales')
  },
  apply: (scope, x, weight, extent, bias) => dequantizingLinear(scope, x, weight, extent, bias, { format: 'eetq', keepsInput: true, forward: () => null, backward: throughIdentity })
}

function throughIdentity (tape: Tape, weight: Shape): Storage {
  const into = weight.dimensions[1]!
  const square = shape(into, into)
  const wide = tape.allocate(square, 4, 'identity in fp32', 'temporaries')
  const identity = tape.allocate(square, 2, 'identity', 'temporaries')
  tape.release(wide)
  const result = dequantized(tape, weight, 'eetq')
  // The name `identity` lives until the function returns, which here ends with the dequantized weight.
  tape.release(identity)
  return result
}
