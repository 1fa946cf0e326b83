import type { Plan } from '../../plan/index.ts'

/* How the samples of a micro-batch lie in the tensors that the model is given. */

/** Whether they lie end to end in one row, told apart by positions that begin again (transformers DataCollatorWithFlattening, TRL padding_free). */
export const isFlattened = ({ data: { packing } }: Plan): boolean => packing === 'padding-free' || packing === 'packed'

/** Rows of a micro-batch and their length in tokens, as the model gets them. */
export function rowsOf (plan: Plan): { readonly rows: number, readonly length: number } {
  const { microBatch, sequenceLength } = plan.data
  return isFlattened(plan) ? { rows: 1, length: microBatch * sequenceLength } : { rows: microBatch, length: sequenceLength }
}

const VARIABLE_LENGTH = new Set<Plan['runtime']['attention']>(['flash', 'flash-2', 'flash-repeated-kv', 'flash-3'])

/** Kernels of a package of their own, which transformers hands no mask: of padded rows they get the real tokens (`_upad_input`). */
export const isFlashPackage = ({ attention }: Plan['runtime']): boolean => attention === 'flash-2' || attention === 'flash-3'

/**
 * Whether FlashAttention's own kernels for rows of unequal length run, which take where each sample begins and no mask
 * (transformers modeling_flash_attention_utils.py _flash_attention_forward). SDPA is given a mask instead.
 */
export const readsBoundaries = (plan: Plan): boolean => isFlattened(plan) && VARIABLE_LENGTH.has(plan.runtime.attention)

/** Whether the data collator makes the additive mask itself, [b, 1, s, s] in the computing type (LLaMA-Factory neat_packing without FlashAttention 2). */
export const hasBlockMask = ({ data: { packing } }: Plan): boolean => packing === 'block-mask'

/** Whether every layer needs a mask: for padding, or to tell samples apart. */
export const masksSamples = (plan: Plan): boolean => plan.data.padding || hasBlockMask(plan) || (isFlattened(plan) && !readsBoundaries(plan))

/** Samples in a flattened row: the micro-batch's own, or as many as fill it by their mean length. Unknown lengths: one fills a row. */
export function samplesOf ({ data: { packing, microBatch, sequenceLength, lengths } }: Plan): number {
  return packing === 'packed' && lengths ? Math.max(microBatch, Math.ceil(microBatch * sequenceLength / lengths.mean)) : microBatch
}
