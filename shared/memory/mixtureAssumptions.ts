import { hasAdapters } from '../plan/index.ts'
import { convertsNames } from './modules/families/mixture/peftNames.ts'
import type { ResolvedPlan } from './resolvedPlan.ts'
import type { Assumption } from './result.ts'

/**
 * Bytes of index_put's sort per pair of token and expert: linear, sorted and original indices, and twice keys and values for the
 * radix sort (ATen/native/cuda/Indexing.cu index_put_with_sort_kernel).
 */
const SORT_BYTES = 56

/** What is taken for granted about routing, adapters beside experts, and attention sinks. */
export function mixtureAssumptions ({ plan, architecture, modelName }: ResolvedPlan): Assumption[] {
  const { moe, attnSinks } = architecture
  const { method, data } = plan
  const list: Assumption[] = []
  if (moe) {
    const pairs = data.microBatch * data.sequenceLength * moe.expertsPerToken
    list.push({ code: 'routing-sort', values: { mebibytes: Math.ceil(pairs * SORT_BYTES / 1024 ** 2) } })
    if (hasAdapters(method) && method.targets === 'all-linear' && convertsNames(architecture.modelType)) list.push({ code: 'experts-without-adapters' })
  }
  if (attnSinks) list.push({ code: 'sinks-need-eager', values: { model: modelName } })
  return list
}
