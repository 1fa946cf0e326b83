import { expertLoopSpread } from '../expertLoopSpread.ts'
import { ELEMENT_SIZE } from '../floatType.ts'
import type { ResolvedPlan } from '../resolvedPlan.ts'
import type { Assumption } from '../result.ts'

/**
 * Bytes of index_put's sort per pair of token and expert: linear, sorted and original indices, and twice keys and values for the
 * radix sort (ATen/native/cuda/Indexing.cu index_put_with_sort_kernel).
 */
const SORT_BYTES = 56

/** What is taken for granted about routing, adapters beside experts, and attention sinks. */
export function mixtureAssumptions (resolved: ResolvedPlan): Assumption[] {
  const { plan, architecture, modelName, stackTargets } = resolved
  const { moe, attnSinks } = architecture
  const { data, precision } = plan
  const list: Assumption[] = []
  if (moe) {
    const pairs = data.microBatch * data.sequenceLength * moe.expertsPerToken
    list.push({ code: 'routing-sort', values: { mebibytes: Math.ceil(pairs * SORT_BYTES / 1024 ** 2) } })
    const spread = expertLoopSpread(resolved)
    if (spread > 0) list.push({ code: 'expert-loop', values: { mebibytes: Math.ceil(spread / 1024 ** 2) } })
    const stacks = [...stackTargets.keys()].filter((stack) => stack !== 'router')
    if (stacks.length > 0) {
      const sizes = { gate_up_proj: 2, down_proj: 1, router: 0 }
      const elements = stacks.reduce((sum, stack) => sum + sizes[stack], 0) * moe.experts * moe.intermediateSize * architecture.hiddenSize
      list.push({ code: 'experts-with-adapters', values: { mebibytes: Math.ceil(elements * ELEMENT_SIZE[precision.weights] / 1024 ** 2) } })
    }
  }
  if (attnSinks) list.push({ code: 'sinks-need-eager', values: { model: modelName } })
  return list
}
