import { cast, gradient, output } from '../modules/elementwise.ts'
import type { Head } from '../modules/families/index.ts'
import { linear } from '../modules/linear.ts'
import { slice } from '../modules/views.ts'
import { select } from '../modules/indexing.ts'
import type { Run } from '../modules/run.ts'
import { dimension, edgeOf, GradNode, SCALAR, Scope, shape, type Tensor } from '../tape/index.ts'
import { crossEntropy } from '../modules/crossEntropy.ts'
import type { LossResult } from './head.ts'
import { shapeLogits } from '../modules/logits.ts'

const CHUNKS = 8

/**
 * torchtune modules/loss/cross_entropy_loss.py LinearCrossEntropyLoss: eight chunks along the sequence; in each only labelled tokens
 * are selected, projected and scored. Nothing is computed again, so the log-probabilities of all chunks stay for the backward pass.
 */
export function torchtuneLinearLoss (caller: Scope, hidden: Tensor, head: Head, run: Run): LossResult {
  const { tape, batch, sequence, hiddenSize, vocabulary } = run
  const share = run.plan.data.labelledShare ?? 1
  tape.module = 'linear_cross_entropy'
  tape.category = 'logits-and-loss'
  const chunks = Math.min(CHUNKS, sequence.size)
  // tensor_split: the first s mod 8 chunks are one longer. All are made before the first is scored, so their gradients wait for the last.
  const views = Array.from({ length: chunks }, (_, i) => {
    const length = Math.floor(sequence.size / chunks) + (i < sequence.size % chunks ? 1 : 0)
    return slice(caller, hidden, shape(batch, dimension('s/8', length), hiddenSize))
  })
  let total: Tensor | null = null
  for (const view of views) {
    const positions = view.elements / hiddenSize.size
    const labelled = dimension('labelled', Math.max(1, Math.round(positions * share)))
    const scope = new Scope(tape)
    const mask = output(scope, shape(dimension('b·s/8', positions)), 1, 'label mask')
    const labels = output(scope, shape(labelled), 8, 'labels')
    const selected = select(scope, view, mask, shape(labelled, hiddenSize), 'labelled hidden states')
    tape.transient([shape(dimension('2', 2), labelled), 8, 'indices of labelled tokens'])
    const logits = shapeLogits(scope, linear(scope, selected, head.weight, shape(labelled, vocabulary), head.bias), head)
    const inner = new Scope(tape)
    const logits32 = logits.elementSize === 4 ? inner.alias(logits) : cast(inner, logits, 4, 'logits in fp32')
    const loss = scope.return(inner.return(crossEntropy(inner, logits32, labels), scope), caller)
    total = total ? addScalars(caller, total, loss) : loss
  }
  tape.category = 'activations'
  return { loss: total!, logits: null }
}

function addScalars (scope: Scope, a: Tensor, b: Tensor): Tensor {
  const { tape } = scope
  const node = new GradNode(tape, [edgeOf(a), edgeOf(b)], [], () => [gradient(tape, SCALAR, 4), gradient(tape, SCALAR, 4)])
  return output(scope, SCALAR, 4, 'loss', node)
}
