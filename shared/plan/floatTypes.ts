import * as v from 'valibot'

export const FLOAT_TYPES = ['fp32', 'bf16', 'fp16'] as const
export const FloatTypeSchema = v.picklist(FLOAT_TYPES)

export type FloatType = v.InferOutput<typeof FloatTypeSchema>
