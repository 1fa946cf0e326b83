import { output } from '../../modules/elementwise.ts'
import { dimension, Scope, shape } from '../../tape/index.ts'
import { entropyFromLogits, selectiveLogSoftmax } from '../logProbabilities.ts'
import { lossOf, masked, shiftedLogits, sumTokens, withoutGradient } from './common.ts'
import type { PreferenceStep } from './index.ts'

const COMPLETIONS = ['input_ids', 'attention_mask', 'completion_mask']

/**
 * trl/trainer/kto_trainer.py KTOTrainer._compute_loss (1.13): the KL completions pass through the policy, then the completions, then
 * both through the reference. For the log the logits of desirable and undesirable completions are copied apart; half of the
 * batch is taken to be desirable.
 */
export const kto: PreferenceStep = {
  batch: ({ preference }) => preference!.loss === 'kto' ? [...COMPLETIONS, ...COMPLETIONS.map((name) => `KL_${name}`)] : COMPLETIONS,
  loss: (caller, calls, run) => {
    const { tape } = caller
    const { reference, loss: name, completionShare } = run.plan.preference!
    const needsKl = name === 'kto'
    const frame = new Scope(tape)
    const divergence = (pass: (scope: Scope) => ReturnType<typeof calls.policy>): void => {
      const inner = new Scope(tape)
      withoutGradient(inner, pass(inner), calls.ids)
      inner.close()
    }
    if (needsKl) divergence(calls.policyWithoutGradient)
    const logits = calls.policy(frame)
    tape.category = 'logits-and-loss'
    const shifted = shiftedLogits(frame, logits)
    const sums = sumTokens(frame, masked(frame, selectiveLogSoftmax(frame, shifted, calls.ids)))
    if (reference === 'model' || reference === 'adapters-off') {
      if (needsKl) divergence(calls.reference)
      withoutGradient(frame, calls.reference(frame), calls.ids)
    }
    tape.category = 'logits-and-loss'
    const loss = lossOf(frame, sums)
    const [rows, positions, vocabulary] = shifted.shape.dimensions
    entropyFromLogits(frame, shifted, rows!.size === 1)
    const half = dimension('b/2', Math.floor(rows!.size / 2))
    for (const which of ['desirable', 'undesirable']) output(frame, shape(half, positions!, vocabulary!), shifted.elementSize, `logits of the ${which} answers`)
    const tokens = dimension('completion tokens', half.size * Math.round(run.plan.data.sequenceLength * completionShare))
    for (const which of ['desirable', 'undesirable']) tape.transient([shape(tokens, vocabulary!), shifted.elementSize, `logits of the ${which} completions`])
    tape.category = 'activations'
    return frame.return(loss, caller)
  }
}
