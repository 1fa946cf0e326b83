import type { Quantization } from '../../../plan/index.ts'
import { dequantizingLinear } from './dequantizing.ts'
import type { WeightFormat } from './format.ts'
import { codes, state } from './store.ts'

/** bitsandbytes functional.py quantize_4bit: 64 values share one absmax; with double quantization 256 absmax share one fp32. */
const BLOCK = 64
const SECOND_BLOCK = 256

/**
 * nf4 and fp4 of bitsandbytes: two values a byte, absmax per block (uint8 under double quantization) and the code books.
 * Nothing but the packed weight is kept for the backward pass.
 */
export const fourBit = ({ type, doubleQuantization }: Quantization): WeightFormat => ({
  source: 'bitsandbytes nn/modules.py Linear4bit.forward, autograd/_functions.py MatMul4Bit, functional.py quantize_4bit',
  known: 'traced',
  // peft/tuners/lora/bnb.py Linear4bit.forward
  lora: { clones: true, castsInput: 'outside-autocast', castsBack: 'update' },
  // peft/tuners/ia3/bnb.py Linear4bit.forward
  ia3: { clones: true },
  store (tape, weight) {
    const blocks = Math.ceil(weight.elements / BLOCK)
    codes(tape, '⌈N·K/2⌉', weight.elements / 2, `${type} weight`)
    if (doubleQuantization) {
      state(tape, '⌈N·K/64⌉', blocks, 1, 'absmax, quantized')
      state(tape, '⌈N·K/64/256⌉', blocks / SECOND_BLOCK, 4, 'absmax of absmax')
      state(tape, '256', 256, 4, 'second code book')
      state(tape, '1', 1, 4, 'absmax offset')
    } else {
      state(tape, '⌈N·K/64⌉', blocks, 4, 'absmax')
    }
    state(tape, '16', 16, 4, 'code book')
  },
  apply: (scope, x, weight, extent, bias) => dequantizingLinear(scope, x, weight, extent, bias, { format: type })
})
