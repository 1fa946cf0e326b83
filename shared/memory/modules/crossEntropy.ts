import { gradient, output } from './elementwise.ts'
import { dimension, edgeOf, GradNode, SCALAR, shape, type Scope, type Shape, type Tensor } from '../tape/index.ts'

/** int64 */
const LABEL_SIZE = 8

/** F.cross_entropy in fp32: log_softmax keeps its output, nll_loss the same storage, the labels and the total weight. */
export function crossEntropy (scope: Scope, logits: Tensor, labels: Tensor): Tensor {
  return negativeLogLikelihood(scope, logSoftmax(scope, logits), labels)
}

export function logSoftmax (scope: Scope, logits: Tensor): Tensor {
  const { tape } = scope
  const result = output(scope, logits.shape, logits.elementSize, 'log-probabilities')
  if (tape.gradEnabled && logits.requiresGrad) {
    result.requiresGrad = true
    result.node = new GradNode(tape, [edgeOf(logits)], [result.storage], () => [gradient(tape, logits.shape, logits.elementSize)])
  }
  return result
}

export function negativeLogLikelihood (scope: Scope, logProbabilities: Tensor, labels: Tensor): Tensor {
  const { tape } = scope
  const totalWeight = output(scope, SCALAR, 4, 'total weight')
  const loss = output(scope, SCALAR, 4, 'loss')
  if (tape.gradEnabled && logProbabilities.requiresGrad) {
    const { shape: extent } = logProbabilities
    loss.requiresGrad = true
    loss.node = new GradNode(tape, [edgeOf(logProbabilities)], [logProbabilities.storage, labels.storage, totalWeight.storage], () => [gradient(tape, extent, logProbabilities.elementSize)])
  }
  return loss
}

/** labels padded by one (s + 1), then the contiguous shift: a copy unless there is one row (loss_utils.py ForCausalLMLoss). */
export function paddedLabels (scope: Scope, tokens: Shape): Tensor {
  const [batch, sequence] = tokens.dimensions
  const padded = output(scope, shape(batch!, dimension('s+1', sequence!.size + 1)), LABEL_SIZE, 'padded labels')
  return batch!.size === 1 ? padded : output(scope, tokens, LABEL_SIZE, 'shifted labels')
}

/** labels[..., 1:].contiguous(), counted for one row too, where it is a view. */
export function shiftedLabels (scope: Scope, tokens: Shape): Tensor {
  return output(scope, allButLast(tokens), LABEL_SIZE, 'shifted labels')
}

/** The extent with one position less: what `[..., :-1, :]` leaves. */
export function allButLast (extent: Shape): Shape {
  const [batch, sequence, ...rest] = extent.dimensions
  return shape(batch!, dimension(`${sequence!.symbol}−1`, Math.max(1, sequence!.size - 1)), ...rest)
}
