import { dequantizingLinear } from './dequantizing.ts'
import { PLAIN, type WeightFormat } from './format.ts'
import { codes, state } from './store.ts'

/** Weights that share one 8-bit exponent. */
const BLOCK = 32

/** MXFP4, as gpt-oss is published. transformers dequantizes it to train; taken to stay packed and to be dequantized for each matmul. */
export const mxfp4: WeightFormat = {
  source: 'transformers integrations/mxfp4.py; training assumed to dequantize',
  known: 'estimated',
  lora: PLAIN,
  store (tape, weight) {
    codes(tape, 'N·K/2', weight.elements / 2, 'mxfp4 weight')
    state(tape, 'N·K/32', weight.elements / BLOCK, 1, 'mxfp4 exponents')
  },
  apply: (scope, x, weight, extent, bias) => dequantizingLinear(scope, x, weight, extent, bias, { format: 'mxfp4' }),
  spread: (weight, rows) => ({ kept: rows * weight.dimensions[1]!.size * 2, transient: weight.elements * 2 })
}
