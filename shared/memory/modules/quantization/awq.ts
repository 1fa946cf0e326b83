import type { Quantization } from '../../../plan/index.ts'
import type { Shape, Storage, Tape } from '../../tape/index.ts'
import { dequantized, dequantizingLinear } from './dequantizing.ts'
import type { WeightFormat } from './format.ts'
import { codes, state } from './store.ts'

/** Above so many rows the weight is dequantized as a whole; below, a fused kernel reads it packed. */
const FULL_DEQUANTIZATION = 1024

/** AWQ in 4 bits: scales in fp16 and packed zeros per group. Its kernels work in fp16; the dequantized weight is cast when activations are bf16. */
export const awq = ({ groupSize = 128 }: Quantization): WeightFormat => ({
  source: 'GPTQModel nn_modules/qlinear/gemm_awq.py AwqGemmFn',
  known: 'read',
  // peft/tuners/lora/awq.py AwqLoraLinear.forward
  lora: { clones: false, castsInput: 'outside-autocast', castsBack: 'unscaled-update' },
  store (tape, weight) {
    const [out, into] = weight.dimensions.map((d) => d.size)
    const groups = Math.ceil(into! / groupSize)
    codes(tape, 'N·K/2', weight.elements / 2, 'awq weight')
    state(tape, 'N·⌈K/g⌉', out! * groups, 2, 'awq scales')
    state(tape, 'N·⌈K/g⌉/2', out! * groups / 2, 1, 'awq zeros')
  },
  apply (scope, x, weight, extent, bias) {
    const whole = x.elements / weight.dimensions[1]!.size > FULL_DEQUANTIZATION
    return dequantizingLinear(scope, x, weight, extent, bias, { format: 'awq', forward: whole ? castWeight : () => null, backward: castWeight })
  }
})

function castWeight (tape: Tape, weight: Shape): Storage {
  const fp16 = dequantized(tape, weight, 'awq')
  const typed = dequantized(tape, weight, 'awq')
  tape.release(fp16)
  return typed
}
