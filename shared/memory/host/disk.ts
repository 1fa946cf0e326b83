import { parameterCount } from '../../architecture/index.ts'
import { quantizationOf } from '../../plan/index.ts'
import { bytes } from '../../units/index.ts'
import { ELEMENT_SIZE } from '../floatType.ts'
import type { ResolvedPlan } from '../resolvedPlan.ts'
import type { PhasePeak, Uncertain } from '../result.ts'

/** Bits of a weight in formats whose models are downloaded already quantized; the others are quantized while loading. */
const STORED_BITS: Readonly<Partial<Record<string, number>>> = { gptq: 4, awq: 4, aqlm: 2, fp8: 8, mxfp4: 4.25 }

/**
 * Files that the run writes and reads: the model's (16 bits a weight as published; cached already at best, 32 bits at worst) and
 * two checkpoints with their optimizer states, since the Trainer deletes an old one only after it has written the next
 * (transformers trainer.py _save_checkpoint, _rotate_checkpoints; save_total_limit 1). Without save_total_limit every save adds one.
 */
export function diskSpace ({ plan, architecture }: ResolvedPlan, trainable: number, phases: readonly PhasePeak[]): Uncertain {
  const { method, precision } = plan
  const total = parameterCount(architecture)?.total ?? 0
  const bits = STORED_BITS[quantizationOf(method)?.type ?? '']
  const model = total * (bits ?? 16) / 8
  const trainsWhole = method.kind === 'full' || method.kind === 'freeze'
  const weights = trainsWhole ? total * ELEMENT_SIZE[precision.weights] : trainable * ('adapterType' in method ? ELEMENT_SIZE[method.adapterType] : ELEMENT_SIZE[precision.weights])
  const states = Math.max(0, ...phases.map(({ breakdown }) => (breakdown['optimizer-states'] ?? 0) + (breakdown['master-weights'] ?? 0)))
  return {
    low: bytes(Math.round(weights)),
    expected: bytes(Math.round(model + 2 * (weights + states))),
    high: bytes(Math.round((bits === undefined ? 2 * model : model) + 2 * (weights + states)))
  }
}
