import type { Part } from '#shared/memory/index.ts'
import type { MessageKey } from '../../i18n/index.ts'

/** Tensors with a reason of their own, by role; the first that the role begins with counts. */
const BY_ROLE: readonly (readonly [string, MessageKey])[] = [
  ['input_ids', 'why.batch'],
  ['labels', 'why.batch'],
  ['attention_mask', 'why.batch'],
  ['position_ids', 'why.positions'],
  ['cos', 'why.positions'],
  ['sin', 'why.positions'],
  ['causal mask', 'why.mask'],
  ['additive mask', 'why.mask'],
  ['autocast copy of the weight', 'why.autocastWeight'],
  ['dequantized weight', 'why.dequantized'],
  ['fp32 copy of the input', 'why.normFp32'],
  ['input in the adapter type', 'why.adapterInput'],
  ['log-sum-exp', 'why.logSumExp'],
  ['dropout mask', 'why.dropoutMask'],
  ['repeated heads', 'why.repeatedHeads'],
  ['sum of gradients', 'why.sum'],
  ['logits in fp32', 'why.logitsFp32'],
  ['logits of one chunk', 'why.chunk'],
  ['log-probabilities', 'why.logProbabilities'],
  ['outputs in fp32', 'why.logitsFp32']
]

/** Why a buffer of this kind exists at the peak. */
export function whyAlive ({ owner, category, module, tensor }: Part): MessageKey {
  if (category === 'weights' && owner !== 'policy') return 'rlhf.why.otherModel'
  if (module === 'rollout buffer') return 'rlhf.why.buffer'
  if (tensor.startsWith('log-probabilities of the')) return 'rlhf.why.perCompletion'
  const own = category === 'weights' || category === 'gradients' || category === 'optimizer-states'
    ? undefined
    : BY_ROLE.find(([role]) => tensor.startsWith(role))?.[1]
  return own ?? `why.${category}`
}
