import { variesInLength } from '../../plan/index.ts'
import { isFlattened, rowsOf, samplesOf } from '../modules/packing.ts'
import { packedMaskBytes, packingSpread, unpaddedSpread } from '../packingSpread.ts'
import type { ResolvedPlan } from '../resolvedPlan.ts'
import type { Assumption } from '../result.ts'
import type { Code } from './sentences.ts'

/** What is taken for granted about the lengths of samples and how they share rows. */
export function batchAssumptions (resolved: ResolvedPlan): Assumption[] {
  const { plan, architecture } = resolved
  const { lengths, sequenceLength, packing } = plan.data
  const list: Assumption[] = [lengths && variesInLength(lengths) && (!packing || packing === 'padding-free') ? { code: 'longest-batch' satisfies Code, values: { tokens: sequenceLength } } : { code: 'equal-batches' satisfies Code }]
  const spread = packingSpread(resolved)
  if (spread > 0) list.push({ code: 'packed-samples' satisfies Code, values: { samples: samplesOf(plan), mebibytes: Math.ceil(spread / 1024 ** 2) } })
  const unpadded = unpaddedSpread(resolved)
  if (unpadded > 0) list.push({ code: 'real-tokens' satisfies Code, values: { mebibytes: Math.ceil(unpadded / 1024 ** 2) } })
  const mask = packedMaskBytes(resolved)
  if (mask > 0 && plan.runtime.attention !== 'eager') list.push({ code: 'packed-mask' satisfies Code, values: { tokens: rowsOf(plan).length, mebibytes: Math.ceil(mask / 1024 ** 2) } })
  if (isFlattened(plan) && architecture.layerGroups?.some(({ mixer }) => mixer !== undefined && mixer !== 'attention')) list.push({ code: 'packed-recurrence' satisfies Code })
  return list
}
