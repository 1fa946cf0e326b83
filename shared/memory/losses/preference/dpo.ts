import type { Run } from '../../modules/run.ts'
import { dimension, Scope, shape, type Tensor } from '../../tape/index.ts'
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
    const { reference, weighting } = run.plan.preference!
    const frame = new Scope(tape)
    const logits = calls.policy(frame)
    tape.category = 'logits-and-loss'
    const shifted = shiftedLogits(frame, logits)
    const perToken = masked(frame, selectiveLogSoftmax(frame, shifted, calls.ids))
    const sums = sumTokens(frame, perToken)
    if (reference === 'model' || reference === 'adapters-off') withoutGradient(frame, calls.reference(frame), calls.ids)
    tape.category = 'logits-and-loss'
    // WPO: two logsumexps over all tokens without a gradient, the second over a copy of the logits.
    if (weighting) wpoWeights(shifted)
    const loss = lossOf(frame, sums)
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

/** `chosen_logits[chosen_mask.bool()].mean(-1)`, then the rejected ones: the completions' logits packed together. */
function meanLogits (scope: Scope, logits: Tensor, { plan, vocabulary }: Run): void {
  const { tape } = scope
  const pairs = plan.data.microBatch / 2
  const count = dimension('completion tokens', pairs * Math.round(plan.data.sequenceLength * plan.preference!.completionShare))
  for (const role of ['chosen', 'rejected']) tape.transient([shape(count, vocabulary), logits.elementSize, `logits of the ${role} completions`])
}
