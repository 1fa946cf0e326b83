import { logSoftmax, negativeLogLikelihood } from '../../modules/crossEntropy.ts'
import { output } from '../../modules/elementwise.ts'
import { select } from '../../modules/indexing.ts'
import type { Run } from '../../modules/run.ts'
import { slice } from '../../modules/views.ts'
import type { Plan } from '../../../plan/index.ts'
import type { Dimension } from '../../result.ts'
import { dimension, Scope, shape, type Storage, type Tensor } from '../../tape/index.ts'
import { entropyFromLogits, selectiveLogSoftmax } from '../logProbabilities.ts'
import { lossOf, masked, shiftedLogits, sumTokens, withoutGradient } from './common.ts'
import type { PreferenceStep } from './index.ts'

/**
 * trl/trainer/dpo_trainer.py DPOTrainer._compute_loss (1.13): `outputs` and `ref_outputs` stay bound until it returns, so the logits
 * of both are alive while the entropy of all tokens and the mean logits of the completions are computed for the log. The losses
 * differ in numbers per sequence only.
 */
export const dpo: PreferenceStep = {
  batch: () => ['input_ids', 'attention_mask', 'completion_mask'],
  loss: (caller, calls, run) => {
    const { tape } = caller
    const { reference, weighting, loss: name } = run.plan.preference!
    const frame = new Scope(tape)
    const logits = calls.policy(frame)
    tape.category = 'logits-and-loss'
    const shifted = shiftedLogits(frame, logits)
    const sums = name === 'sft' ? sequencesWithoutGraph(frame, shifted, calls.ids) : sumTokens(frame, masked(frame, selectiveLogSoftmax(frame, shifted, calls.ids)))
    if (reference === 'model' || reference === 'adapters-off') withoutGradient(frame, calls.reference(frame), calls.ids)
    tape.category = 'logits-and-loss'
    // WPO: two logsumexps over all tokens without a gradient, the second over a copy of the logits.
    if (weighting) wpoWeights(shifted)
    const loss = lossOf(frame, name === 'sft' ? likelihoodOfChosen(frame, shifted, run) : sums)
    const entropies = entropyFromLogits(frame, shifted, shifted.shape.dimensions[0]!.size === 1)
    tape.transient([entropies.shape, entropies.elementSize, 'masked entropy'])
    meanLogits(frame, shifted, run)
    tape.category = 'activations'
    return frame.return(loss, caller)

    function wpoWeights (all: Tensor): void {
      tape.transient([all.shape, all.elementSize, 'exponentials'])
      tape.transient([all.shape, all.elementSize, 'doubled logits'], [all.shape, all.elementSize, 'exponentials'])
    }
  }
}

/** The loss `sft` does not look at the log-probabilities: their graph goes with their names. */
function sequencesWithoutGraph (scope: Scope, logits: Tensor, ids: Storage): Tensor {
  const { tape } = scope
  tape.gradEnabled = false
  const sums = sumTokens(scope, masked(scope, selectiveLogSoftmax(scope, logits, ids)))
  tape.gradEnabled = true
  return sums
}

/** `F.cross_entropy(chosen_logits[chosen_mask.bool()], …)`: the completions' logits packed together. */
function likelihoodOfChosen (caller: Scope, logits: Tensor, { plan, vocabulary }: Run): Tensor {
  const scope = new Scope(caller.tape)
  const [rows, ...rest] = logits.shape.dimensions
  const chosen = slice(scope, logits, shape(dimension('b', rows!.size / 2), ...rest))
  const tokens = completionTokens(plan)
  const index = output(scope, shape(tokens, dimension('2', 2)), 8, 'places of the completion')
  const packed = select(scope, chosen, index, shape(tokens, vocabulary), 'logits of the chosen completions')
  const labels = output(scope, shape(tokens), 8, 'labels')
  const logProbabilities = logSoftmax(scope, packed)
  scope.drop(packed, index)
  return scope.return(negativeLogLikelihood(scope, logProbabilities, labels), caller)
}

const completionTokens = ({ data, preference }: Plan): Dimension =>
  dimension('completion tokens', data.microBatch / 2 * Math.round(data.sequenceLength * preference!.completionShare))

/** `chosen_logits[chosen_mask.bool()].mean(-1)`, then the rejected ones: the completions' logits packed together. */
function meanLogits (scope: Scope, logits: Tensor, { plan, vocabulary }: Run): void {
  const { tape } = scope
  const count = completionTokens(plan)
  for (const role of ['chosen', 'rejected']) tape.transient([shape(count, vocabulary), logits.elementSize, `logits of the ${role} completions`])
}
