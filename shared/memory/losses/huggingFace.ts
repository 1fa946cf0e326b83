import { cast, gradient, output, sliceCopy } from '../modules/elementwise.ts'
import { dimension, edgeOf, GradNode, SCALAR, Scope, shape, type Shape, type Tensor } from '../tape/index.ts'
import type { Head } from '../modules/families/index.ts'
import type { Run } from '../modules/run.ts'
import type { LossResult } from './head.ts'
import { makeLogits } from './logits.ts'

/**
 * lm_head, then transformers loss/loss_utils.py ForCausalLMLoss: logits to fp32, labels shifted, cross entropy = log_softmax +
 * nll_loss. Peak of the forward pass 10 bytes per logit (bf16 2, fp32 4, log-probabilities 4), of the backward pass 12.
 * `shiftsLogits`: transformers 4.46–4.48 copied the logits without the last position first (14 bytes).
 */
export function huggingFaceLoss (shiftsLogits: boolean) {
  return (caller: Scope, hidden: Tensor, head: Head, run: Run): LossResult => {
    const { tape } = caller
    const logits = makeLogits(caller, hidden, head, run)
    const scope = new Scope(tape)
    tape.module = 'cross_entropy'
    const logits32 = logits.elementSize === 4 ? scope.alias(logits) : cast(scope, logits, 4, 'logits in fp32')
    const labels = shiftedLabels(scope, run.tokens)
    const shifted = shape(run.batch, dimension('s−1', Math.max(1, run.sequence.size - 1)), run.vocabulary)
    const scored = shiftsLogits ? sliceCopy(scope, logits32, shifted, 'shifted logits') : logits32
    const loss = crossEntropy(scope, scored, labels)
    tape.category = 'activations'
    return { loss: scope.return(loss, caller), logits }
  }
}

/** labels padded by one (s + 1), then the contiguous shift. */
function shiftedLabels (scope: Scope, tokens: Shape): Tensor {
  const [batch, sequence] = tokens.dimensions
  output(scope, shape(batch!, dimension('s+1', sequence!.size + 1)), 8, 'padded labels')
  return output(scope, tokens, 8, 'shifted labels')
}

/** F.cross_entropy in fp32: log_softmax keeps its output, nll_loss the same storage, the labels and the total weight. */
function crossEntropy (scope: Scope, logits: Tensor, labels: Tensor): Tensor {
  const { tape } = scope
  const logProbabilities = output(scope, logits.shape, 4, 'log-probabilities')
  const needs = tape.gradEnabled && logits.requiresGrad
  if (needs) {
    logProbabilities.requiresGrad = true
    logProbabilities.node = new GradNode(tape, [edgeOf(logits)], [logProbabilities.storage], () => [gradient(tape, logits.shape, 4)])
  }
  const totalWeight = output(scope, SCALAR, 4, 'total weight')
  const loss = output(scope, SCALAR, 4, 'loss')
  if (needs) {
    loss.requiresGrad = true
    loss.node = new GradNode(tape, [edgeOf(logProbabilities)], [logProbabilities.storage, labels.storage, totalWeight.storage], () => [gradient(tape, logits.shape, 4)])
  }
  return loss
}
