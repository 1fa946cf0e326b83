import { Scope, type Tensor } from '../../tape/index.ts'
import { PREFERENCE_PATHS } from '../frameworkPaths.ts'
import { logProbabilitiesBy, widened } from '../pathOperations.ts'
import { lossOf, masked, sumTokens } from './common.ts'
import type { PreferenceStep } from './index.ts'

/**
 * A preference loss outside TRL: logits of all tokens, which stay until the loss is made (llamafactory train/dpo/trainer.py
 * concatenated_forward, OpenRLHF trainer/dpo_trainer.py), the reference's after them, and log-probabilities by the framework's path.
 */
export const wholePreference: PreferenceStep = {
  batch: () => ['input_ids', 'attention_mask', 'labels'],
  loss: (caller, calls, run) => {
    const { tape } = caller
    const { framework, reference, loss: name } = run.plan.preference!
    const path = PREFERENCE_PATHS[framework]
    const frame = new Scope(tape)
    const sums = (scope: Scope, logits: Tensor): Tensor => sumTokens(scope, masked(scope, logProbabilitiesBy(scope, widened(scope, logits, path), calls.ids, path)))
    const apart = (pass: (scope: Scope) => Tensor): void => {
      const inner = new Scope(tape)
      const logits = pass(inner)
      const { gradEnabled } = tape
      tape.gradEnabled = false
      sums(inner, logits)
      tape.gradEnabled = gradEnabled
      inner.close()
    }
    if (name === 'kto') apart(calls.policyWithoutGradient)
    const trained = sums(frame, calls.policy(frame))
    if (reference === 'model' || reference === 'adapters-off') {
      if (name === 'kto') apart(calls.reference)
      apart(calls.reference)
    }
    tape.category = 'logits-and-loss'
    const loss = lossOf(frame, trained)
    tape.category = 'activations'
    return frame.return(loss, caller)
  }
}
