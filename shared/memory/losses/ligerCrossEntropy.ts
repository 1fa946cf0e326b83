import { cast } from '../modules/elementwise.ts'
import type { Head } from '../modules/families/index.ts'
import type { Run } from '../modules/run.ts'
import { edgeOf, GradNode, SCALAR, Scope, Tensor } from '../tape/index.ts'
import { paddedLabels } from '../modules/crossEntropy.ts'
import type { LossResult } from './head.ts'
import { lastLogits } from '../modules/logits.ts'

/**
 * Liger's cross entropy in place of F.cross_entropy (liger_kernel/ops/cross_entropy.py LigerCrossEntropyFunction): the kernel writes the
 * gradient over the fp32 logits, which are all that is kept and become the gradient.
 */
export function ligerCrossEntropyLoss (caller: Scope, hidden: Tensor, head: Head, run: Run): LossResult {
  const { tape } = caller
  const logits = lastLogits(caller, hidden, head, run)
  const scope = new Scope(tape)
  tape.module = 'liger_loss'
  const scored = logits.elementSize === 4 ? scope.alias(logits) : cast(scope, logits, 4, 'logits in fp32')
  paddedLabels(scope, run.tokens)
  tape.transient([run.tokens, 4, 'loss per token'], [run.tokens, 1, 'label mask'])
  const node = new GradNode(tape, [edgeOf(scored)], [scored.storage], (_, saved) => [tape.retain(saved[0]!)])
  const loss = caller.own(new Tensor(tape.allocate(SCALAR, 4, 'loss'), SCALAR, 4, true, node))
  scope.close()
  tape.category = 'activations'
  return { loss, logits }
}
