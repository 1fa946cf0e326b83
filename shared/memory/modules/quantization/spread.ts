import { quantizationOf } from '../../../plan/index.ts'
import type { ResolvedPlan } from '../../resolvedPlan.ts'
import { dimension, shape } from '../../tape/index.ts'
import { weightFormat } from './index.ts'

/**
 * Bytes that quantized layers may take on top of what is simulated, where their sources leave it open: what all layers may keep
 * (only one block's at a time where checkpoints free it), and the largest that exists for a moment.
 */
export function formatSpread ({ plan, family, architecture }: ResolvedPlan): number {
  const quantization = quantizationOf(plan.method)
  if (!quantization) return 0
  const format = weightFormat(quantization)
  if (!format.spread) return 0
  const rows = plan.data.microBatch * plan.data.sequenceLength
  const layers = [...family.linearLayers(architecture).values()].map(([out, into]) => format.spread!(shape(dimension('N', out), dimension('K', into)), rows))
  const blocks = plan.runtime.checkpointing === 'none' || format.keepsPastCheckpoints ? architecture.layers : 1
  return Math.ceil(blocks * layers.reduce((sum, { kept }) => sum + kept, 0) + Math.max(...layers.map(({ transient }) => transient)))
}
