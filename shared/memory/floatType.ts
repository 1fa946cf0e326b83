import { upcastsUnquantized, type FloatType, type Plan } from '../plan/index.ts'

/** Bytes per element. */
export const ELEMENT_SIZE: Readonly<Record<FloatType, number>> = { fp32: 4, bf16: 2, fp16: 2 }

/** Type of the activations that attention sees: autocast's, else the residual stream's. */
export function activationType ({ precision, method }: Pick<Plan, 'precision' | 'method'>): FloatType {
  if (precision.autocast !== 'none') return precision.autocast
  return upcastsUnquantized(method) ? 'fp32' : precision.weights
}
