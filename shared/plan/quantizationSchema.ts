import * as v from 'valibot'
import { range } from './limits.ts'

/** How frozen weights are stored. `doubleQuantization` is of nf4 and fp4 only. */
export const QUANTIZATION_TYPES = ['nf4', 'fp4', 'int8', 'gptq', 'awq', 'hqq', 'eetq', 'aqlm', 'fp8', 'mxfp4'] as const
export const QuantizationSchema = v.strictObject({
  type: v.picklist(QUANTIZATION_TYPES),
  doubleQuantization: v.boolean(),
  /** Bits of a weight in gptq and hqq. Absent: 4. */
  bits: v.optional(v.picklist([2, 3, 4, 8])),
  /** Weights that share a scale in gptq, awq and hqq. Absent: 128, hqq 64. */
  groupSize: v.optional(range('groupSize'))
})

export type Quantization = v.InferOutput<typeof QuantizationSchema>
