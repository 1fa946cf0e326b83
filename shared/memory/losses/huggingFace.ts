import { cast, sliceCopy } from '../modules/elementwise.ts'
import type { Head } from '../modules/families/index.ts'
import type { Run } from '../modules/run.ts'
import { slice } from '../modules/views.ts'
import { Scope, shape, type Tensor } from '../tape/index.ts'
import { allButLast, crossEntropy, paddedLabels, shiftedLabels } from '../modules/crossEntropy.ts'
import type { LossResult } from './head.ts'
import { lastLogits } from '../modules/logits.ts'

/**
 * lm_head, then transformers loss/loss_utils.py ForCausalLMLoss (4.49 and later): logits to fp32, labels shifted, cross entropy =
 * log_softmax + nll_loss. Peak of the forward pass 10 bytes per logit (bf16 2, fp32 4, log-probabilities 4), of the backward
 * pass 12.
 */
export function huggingFaceLoss (caller: Scope, hidden: Tensor, head: Head, run: Run): LossResult {
  const { tape } = caller
  const logits = lastLogits(caller, hidden, head, run)
  const scope = new Scope(tape)
  tape.module = 'cross_entropy'
  const logits32 = inFp32(scope, logits)
  const labels = paddedLabels(scope, allButVocabulary(logits))
  const loss = crossEntropy(scope, logits32, labels)
  tape.category = 'activations'
  return { loss: scope.return(loss, caller), logits }
}

/** The same in 4.46–4.48: where there are several rows, the logits without the last position were copied first (14 bytes per logit in the forward pass). */
export function shiftedLoss (caller: Scope, hidden: Tensor, head: Head, run: Run): LossResult {
  const { tape } = caller
  const logits = lastLogits(caller, hidden, head, run)
  const scope = new Scope(tape)
  tape.module = 'cross_entropy'
  const loss = shiftAndScore(scope, inFp32(scope, logits))
  tape.category = 'activations'
  return { loss: scope.return(loss, caller), logits }
}

/** Up to 4.45, inside every model's own forward: `logits = logits.float()` replaces the narrow logits, which are gone by the loss. */
export function inModelLoss (caller: Scope, hidden: Tensor, head: Head, run: Run): LossResult {
  const { tape } = caller
  const narrow = lastLogits(caller, hidden, head, run)
  const scope = new Scope(tape)
  tape.module = 'cross_entropy'
  const logits = scope.hand(inFp32(scope, narrow), caller)
  caller.drop(narrow)
  const loss = shiftAndScore(scope, logits)
  tape.category = 'activations'
  return { loss: scope.return(loss, caller), logits }
}

const inFp32 = (scope: Scope, logits: Tensor): Tensor => logits.elementSize === 4 ? scope.alias(logits) : cast(scope, logits, 4, 'logits in fp32')

/** The slice of a single row is contiguous as it is. */
function shiftAndScore (scope: Scope, logits: Tensor): Tensor {
  const extent = allButLast(logits.shape)
  const isSingleRow = logits.shape.dimensions[0]!.size === 1
  const scored = isSingleRow ? slice(scope, logits, extent) : sliceCopy(scope, logits, extent, 'shifted logits')
  return crossEntropy(scope, scored, shiftedLabels(scope, allButVocabulary(logits)))
}

/** [b, s] of logits [b, s, V]. */
const allButVocabulary = ({ shape: extent }: Tensor): Tensor['shape'] => shape(...extent.dimensions.slice(0, -1))
