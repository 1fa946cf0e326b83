import { gradient, needsGrad, output } from '../../modules/elementwise.ts'
import type { Run } from '../../modules/run.ts'
import { slice } from '../../modules/views.ts'
import { dimension, edgeOf, GradNode, SCALAR, Scope, shape, type Tensor } from '../../tape/index.ts'
import { allButLast } from '../crossEntropy.ts'
import { entropyFromLogits, selectiveLogSoftmax } from '../logProbabilities.ts'
import type { PreferenceStep } from './index.ts'

/**
 * trl/trainer/dpo_trainer.py DPOTrainer._compute_loss (1.13): `outputs` and `ref_outputs` stay bound until it returns, so the logits
 * of both are alive while the entropy of all tokens and the mean logits of the completions are computed for the log.
 */
export const dpo: PreferenceStep = {
  batch: ['input_ids', 'attention_mask', 'completion_mask'],
  loss: (caller, calls, run) => {
    const { tape } = caller
    const { reference } = run.plan.preference!
    const frame = new Scope(tape)
    tape.category = 'logits-and-loss'
    const logits = calls.policy(frame)
    const shifted = slice(frame, logits, allButLast(logits.shape))
    const tokens = shape(...shifted.shape.dimensions.slice(0, 2))
    const index = frame.alias(logits)
    const perToken = masked(frame, selectiveLogSoftmax(frame, shifted, index.storage))
    const sums = sumTokens(frame, perToken)
    if (reference === 'model' || reference === 'adapters-off') {
      const referenceLogits = calls.reference(frame)
      tape.category = 'logits-and-loss'
      tape.gradEnabled = false
      const view = slice(frame, referenceLogits, allButLast(referenceLogits.shape))
      sumTokens(frame, masked(frame, selectiveLogSoftmax(frame, view, index.storage)))
      tape.gradEnabled = true
    }
    const loss = lossOfSums(frame, sums)
    const entropies = entropyFromLogits(frame, shifted, tokens.dimensions[0]!.size === 1)
    tape.transient([tokens, entropies.elementSize, 'masked entropy'])
    meanLogits(frame, shifted, run)
    tape.category = 'activations'
    return frame.return(loss, caller)
  }
}

/** `per_token_logps[mask == 0] = 0.0`: in place, keeps the mask. */
function masked (scope: Scope, perToken: Tensor): Tensor {
  const { tape } = scope
  const mask = output(scope, perToken.shape, 1, 'prompt mask')
  const node = needsGrad(tape, perToken) ? new GradNode(tape, [edgeOf(perToken)], [mask.storage], () => [gradient(tape, perToken.shape, perToken.elementSize)]) : null
  tape.retain(perToken.storage)
  perToken.requiresGrad = node !== null
  perToken.node = node
  scope.drop(mask)
  return perToken
}

function sumTokens (scope: Scope, perToken: Tensor): Tensor {
  const { tape } = scope
  const node = needsGrad(tape, perToken) ? new GradNode(tape, [edgeOf(perToken)], [], (g) => [tape.retain(g)]) : null
  return output(scope, shape(perToken.shape.dimensions[0]!), perToken.elementSize, 'log-probabilities of the sequences', node)
}

function lossOfSums (scope: Scope, sums: Tensor): Tensor {
  const { tape } = scope
  const node = new GradNode(tape, [edgeOf(sums)], [], () => [gradient(tape, sums.shape, sums.elementSize)])
  return output(scope, SCALAR, 4, 'loss', node)
}

/** `chosen_logits[chosen_mask.bool()].mean(-1)`, then the rejected ones: the completions' logits packed together. */
function meanLogits (scope: Scope, logits: Tensor, { plan, vocabulary }: Run): void {
  const { tape } = scope
  const pairs = plan.data.microBatch / 2
  const count = dimension('completion tokens', pairs * Math.round(plan.data.sequenceLength * plan.preference!.completionShare))
  for (const role of ['chosen', 'rejected']) tape.transient([shape(count, vocabulary), logits.elementSize, `logits of the ${role} completions`])
}
