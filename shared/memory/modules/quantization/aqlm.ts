import { dequantizingLinear } from './dequantizing.ts'
import type { WeightFormat } from './format.ts'
import { codes, state } from './store.ts'

/** AQLM 1x16: groups of 8 weights as one 16-bit code of a code book of 65,536 entries (2 bits a weight). The input is saved. */
const GROUP = 8
const CODE_BYTES = 2
const CODE_BOOK = 2 ** 16 * GROUP

export const aqlm: WeightFormat = {
  source: 'aqlm inference.py QuantizedLinear, inference_kernels/kernel_selector.py code1x16_matmat_dequant',
  known: 'read',
  // peft/tuners/lora/aqlm.py AqlmLoraLinear.forward
  lora: { clones: false, castsInput: 'outside-autocast', castsBack: 'unscaled-update' },
  store (tape, weight) {
    codes(tape, 'N·K/8 · 2', weight.elements / GROUP * CODE_BYTES, 'aqlm codes')
    state(tape, '65536·8', CODE_BOOK, 2, 'aqlm code book')
    state(tape, 'N', weight.dimensions[0]!.size, 2, 'aqlm scales')
  },
  apply: (scope, x, weight, extent, bias) => dequantizingLinear(scope, x, weight, extent, bias, { format: 'aqlm', keepsInput: true })
}
