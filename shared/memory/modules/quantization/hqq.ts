import type { Quantization } from '../../../plan/index.ts'
import type { Shape, Storage, Tape } from '../../tape/index.ts'
import { dequantized, dequantizingLinear } from './dequantizing.ts'
import type { WeightFormat } from './format.ts'
import { codes, state } from './store.ts'

/** HQQ with its PyTorch backend: unpacked, less zero, times scale, each a copy in the compute type; the input is saved. */
export const hqq = ({ bits = 4, groupSize = 64 }: Quantization): WeightFormat => ({
  source: 'hqq core/quantize.py Quantizer.dequantize, HQQMatmulNoCacheMul',
  known: 'read',
  // peft/tuners/lora/hqq.py HqqLoraLinear.forward
  lora: { clones: false, castsInput: 'outside-autocast', castsBack: 'sum' },
  store (tape, weight) {
    const groups = Math.ceil(weight.elements / groupSize)
    codes(tape, `N·K·${bits}/8`, weight.elements * bits / 8, 'hqq weight')
    state(tape, '⌈N·K/g⌉', groups, 2, 'hqq scales')
    state(tape, '⌈N·K/g⌉', groups, 2, 'hqq zeros')
  },
  apply: (scope, x, weight, extent, bias) => dequantizingLinear(scope, x, weight, extent, bias, { format: 'hqq', keepsInput: true, forward: unpack, backward: unpack })
})

function unpack (tape: Tape, weight: Shape): Storage {
  const unpacked = dequantized(tape, weight, 'hqq')
  const shifted = dequantized(tape, weight, 'hqq')
  const scaled = dequantized(tape, weight, 'hqq')
  tape.release(unpacked)
  tape.release(shifted)
  return scaled
}
