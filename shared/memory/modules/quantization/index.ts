import type { Quantization } from '../../../plan/index.ts'
import { aqlm } from './aqlm.ts'
import { awq } from './awq.ts'
import { eetq } from './eetq.ts'
import type { WeightFormat } from './format.ts'
import { fourBit } from './fourBit.ts'
import { fp8 } from './fp8.ts'
import { gptq } from './gptq.ts'
import { hqq } from './hqq.ts'
import { int8 } from './int8.ts'
import { mxfp4 } from './mxfp4.ts'

export { PLAIN, type Ia3Habit, type LoraHabit, type WeightFormat } from './format.ts'

const FORMATS: Readonly<Record<Quantization['type'], (settings: Quantization) => WeightFormat>> = {
  nf4: fourBit, fp4: fourBit, int8: () => int8, gptq, awq, hqq, eetq: () => eetq, aqlm: () => aqlm, fp8: () => fp8, mxfp4: () => mxfp4
}

/** How the weights of a plan with that quantization are stored and multiplied. */
export const weightFormat = (settings: Quantization): WeightFormat => FORMATS[settings.type](settings)
