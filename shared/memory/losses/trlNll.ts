import { logSoftmax } from '../modules/crossEntropy.ts'
import type { Run } from '../modules/run.ts'
import { output } from '../modules/elementwise.ts'
import { dimension, Scope, shape, Tensor } from '../tape/index.ts'

const ENTROPY_ROWS = 128

/**
 * What TRL computes of the logits after the loss with loss_type "nll" (trl/trainer/sft_trainer.py SFTTrainer.compute_loss,
 * trainer/utils.py entropy_from_logits): the logits without the last position, copied if there is more than one row, entropies of
 * 128 rows at a time with the log-probabilities of the chunk before still bound, and the most likely tokens.
 */
export function entropyAndAccuracy (logits: Tensor, run: Run): void {
  const { tape, batch, vocabulary } = run
  tape.module = 'entropy_from_logits'
  tape.category = 'logits-and-loss'
  const gradEnabled = tape.gradEnabled
  tape.gradEnabled = false
  const positions = Math.max(1, logits.shape.dimensions[1]!.size - 1) * batch.size
  const rows = dimension('b·(s−1)', positions)
  const size = logits.elementSize
  const scope = new Scope(tape)
  const flat = batch.size > 1 ? output(scope, shape(rows, vocabulary), size, 'flat logits') : scope.alias(logits)
  const entropies: Tensor[] = []
  let before: Tensor | null = null
  for (let start = 0; start < positions; start += ENTROPY_ROWS) {
    const count = dimension('chunk', Math.min(ENTROPY_ROWS, positions - start))
    const chunk = new Tensor(flat.storage, shape(count, vocabulary), size, false)
    const logProbabilities = logSoftmax(scope, chunk)
    if (before) scope.drop(before)
    before = logProbabilities
    tape.transient([chunk.shape, size, 'probabilities'], [chunk.shape, size, 'product'])
    entropies.push(output(scope, shape(count), size, 'entropy per token'))
  }
  scope.close()
  const after = new Scope(tape)
  output(after, shape(rows), size, 'entropy per token')
  output(after, shape(rows), 8, 'most likely tokens')
  output(after, shape(rows), 1, 'label mask')
  after.close()
  tape.gradEnabled = gradEnabled
  tape.category = 'activations'
}
