import { dequantizingLinear } from './dequantizing.ts'
import { PLAIN, type WeightFormat } from './format.ts'
import { codes, state } from './store.ts'

/** Side of the square block of weights that shares a scale. */
const BLOCK = 128

/** fp8 in blocks of 128 × 128, as DeepSeek-V3 is published. transformers does not train over it; taken to be dequantized for each matmul. */
export const fp8: WeightFormat = {
  source: 'transformers integrations/finegrained_fp8.py FP8Linear; training assumed to dequantize',
  known: 'estimated',
  lora: PLAIN,
  store (tape, weight) {
    const [out, into] = weight.dimensions.map((d) => Math.ceil(d.size / BLOCK))
    codes(tape, 'N·K', weight.elements, 'fp8 weight')
    state(tape, '⌈N/128⌉·⌈K/128⌉', out! * into!, 4, 'fp8 scales')
  },
  apply: (scope, x, weight, extent, bias) => dequantizingLinear(scope, x, weight, extent, bias, { format: 'fp8' }),
  spread: (weight, rows) => ({ kept: rows * weight.dimensions[1]!.size * 2, transient: weight.elements * 2 })
}
