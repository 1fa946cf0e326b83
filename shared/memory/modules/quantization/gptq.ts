import type { Quantization } from '../../../plan/index.ts'
import { dequantizingLinear } from './dequantizing.ts'
import { PLAIN, type WeightFormat } from './format.ts'
import { codes, state } from './store.ts'

/** GPTQ: int32 words of packed weights, fp16 scales and packed zeros per group, an index of groups. Resident size measured on an A100. */
export const gptq = ({ bits = 4, groupSize = 128 }: Quantization): WeightFormat => ({
  source: 'GPTQModel nn_modules/qlinear/tritonv2.py TritonV2Linear, triton_utils/dequant.py QuantLinearFunction',
  known: 'read',
  lora: PLAIN,
  store (tape, weight) {
    const [out, into] = weight.dimensions.map((d) => d.size)
    const groups = Math.ceil(into! / groupSize)
    codes(tape, `N·K·${bits}/8`, weight.elements * bits / 8, 'gptq weight')
    state(tape, 'N·⌈K/g⌉', out! * groups, 2, 'gptq scales')
    state(tape, `N·⌈K/g⌉·${bits}/8`, out! * groups * bits / 8, 1, 'gptq zeros')
    state(tape, 'K', into!, 4, 'gptq group index')
  },
  apply: (scope, x, weight, extent, bias) => dequantizingLinear(scope, x, weight, extent, bias, { format: 'gptq' })
})
