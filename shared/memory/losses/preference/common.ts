import { gradient, needsGrad, output } from '../../modules/elementwise.ts'
import { edgeOf, GradNode, SCALAR, shape, type Scope, type Storage, type Tensor } from '../../tape/index.ts'
import { allButLast } from '../../modules/crossEntropy.ts'
import { selectiveLogSoftmax } from '../logProbabilities.ts'
import { slice } from '../../modules/views.ts'

/* Steps that the preference losses share. All but the log-probabilities themselves are small: one number per token or sequence. */

/** `per_token_logps[mask == 0] = 0.0`: in place, keeps the mask. */
export function masked (scope: Scope, perToken: Tensor): Tensor {
  const { tape } = scope
  const mask = output(scope, perToken.shape, 1, 'prompt mask')
  const node = needsGrad(tape, perToken) ? new GradNode(tape, [edgeOf(perToken)], [mask.storage], () => [gradient(tape, perToken.shape, perToken.elementSize)]) : null
  perToken.requiresGrad = node !== null
  perToken.node = node
  scope.drop(mask)
  return perToken
}

/** `.sum(1)` */
export function sumTokens (scope: Scope, perToken: Tensor): Tensor {
  const { tape } = scope
  const node = needsGrad(tape, perToken) ? new GradNode(tape, [edgeOf(perToken)], [], (g) => [tape.retain(g)]) : null
  return output(scope, shape(perToken.shape.dimensions[0]!), perToken.elementSize, 'log-probabilities of the sequences', node)
}

/** `(per_token_logps * mask).sum(-1)`: the product keeps the mask. */
export function sumMasked (scope: Scope, perToken: Tensor, mask: Storage): Tensor {
  const { tape } = scope
  const node = needsGrad(tape, perToken) ? new GradNode(tape, [edgeOf(perToken)], [mask], () => [gradient(tape, perToken.shape, perToken.elementSize)]) : null
  const product = output(scope, perToken.shape, perToken.elementSize, 'masked log-probabilities', node)
  const sums = sumTokens(scope, product)
  scope.drop(product)
  return sums
}

/** Everything from numbers per sequence to the loss. */
export function lossOf (scope: Scope, ...inputs: readonly Tensor[]): Tensor {
  const { tape } = scope
  const node = new GradNode(tape, inputs.map(edgeOf), [], () => inputs.map((input) => gradient(tape, input.shape, input.elementSize)))
  return output(scope, SCALAR, 4, 'loss', node)
}

/** Logits without the last position: [n, s, V] to a view [n, s−1, V]. */
export const shiftedLogits = (scope: Scope, logits: Tensor): Tensor => slice(scope, logits, allButLast(logits.shape))

/** The log-probabilities of the completions under logits made without a gradient. */
export function withoutGradient (scope: Scope, logits: Tensor, ids: Storage): void {
  const { tape } = scope
  const { gradEnabled } = tape
  tape.category = 'logits-and-loss'
  tape.gradEnabled = false
  sumTokens(scope, masked(scope, selectiveLogSoftmax(scope, shiftedLogits(scope, logits), ids)))
  tape.gradEnabled = gradEnabled
}
