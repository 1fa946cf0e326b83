import { output, passThrough } from '../../modules/elementwise.ts'
import { slice } from '../../modules/views.ts'
import { dimension, Scope, shape, type Tensor } from '../../tape/index.ts'
import { allButLast, crossEntropy } from '../../modules/crossEntropy.ts'
import { selectiveLogSoftmax } from '../logProbabilities.ts'
import { lossOf, shiftedLogits, sumMasked } from './common.ts'
import type { PreferenceStep } from './index.ts'

/**
 * trl/experimental/orpo/orpo_trainer.py ORPOTrainer and experimental/cpo/cpo_trainer.py CPOTrainer (1.13): concatenated_forward, then a cross
 * entropy of the chosen answers on a contiguous copy of their logits (CPO: unless cpo_alpha is 0, as in SimPO). No reference.
 */
export const oddsRatio: PreferenceStep = {
  batch: () => ['input_ids', 'attention_mask', 'labels'],
  loss: (caller, calls, run) => {
    const { tape } = caller
    const { algorithm, preference } = run.plan
    const frame = new Scope(tape)
    // concatenated_inputs: chosen and rejected rows put together, ids, mask and labels.
    const concatenated = ['input_ids', 'attention_mask', 'labels'].map((name) => output(frame, run.ids, 8, `concatenated ${name}`))
    const logits = calls.policy(frame)
    tape.category = 'logits-and-loss'
    const inner = new Scope(tape)
    const likelihood = algorithm === 'orpo' || (preference!.cpoAlpha ?? 1) !== 0 ? likelihoodOfChosen(inner, logits) : null
    const shifted = shiftedLogits(inner, logits)
    const tokens = shape(...shifted.shape.dimensions.slice(0, 2))
    const labels = output(inner, tokens, 8, 'labels')
    const mask = output(inner, tokens, 1, 'label mask')
    const sums = sumMasked(inner, selectiveLogSoftmax(inner, shifted, labels.storage), mask.storage)
    inner.hand(sums, frame)
    if (likelihood) inner.hand(likelihood, frame)
    inner.close()
    frame.drop(...concatenated)
    const loss = lossOf(frame, sums, ...likelihood ? [likelihood] : [])
    tape.category = 'activations'
    return frame.return(loss, caller)
  }
}

/** cross_entropy_loss(all_logits[:len_chosen], labels[:len_chosen]): a single row without its last position is contiguous as it is. */
function likelihoodOfChosen (caller: Scope, logits: Tensor): Tensor {
  const { tape } = caller
  const scope = new Scope(tape)
  const [rows, ...rest] = logits.shape.dimensions
  const pairs = dimension('b', rows!.size / 2)
  const chosen = slice(scope, logits, shape(pairs, ...rest))
  const view = slice(scope, chosen, allButLast(chosen.shape))
  const scored = pairs.size === 1 ? view : passThrough(scope, view, 'shifted logits of the chosen answers')
  const labels = output(scope, shape(...scored.shape.dimensions.slice(0, 2)), 8, 'shifted labels')
  return scope.return(crossEntropy(scope, scored, labels), caller)
}
