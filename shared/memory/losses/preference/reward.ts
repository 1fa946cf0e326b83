import { gradient, needsGrad, output } from '../../modules/elementwise.ts'
import { linear } from '../../modules/linear.ts'
import type { Head } from '../../modules/families/index.ts'
import type { Run } from '../../modules/run.ts'
import { dimension, edgeOf, GradNode, Scope, shape, type Tensor } from '../../tape/index.ts'
import { lossOf } from './common.ts'
import type { PreferenceStep } from './index.ts'

/**
 * trl/trainer/reward_trainer.py RewardTrainer.compute_loss (1.13) over transformers modeling_layers.py GenericForSequenceClassification: a score
 * per token, of which the last one counts. No logits over the vocabulary.
 */
export const reward: PreferenceStep = {
  batch: () => ['input_ids', 'attention_mask'],
  finish: (run, receiver) => (scope, hidden, head) => {
    const { tape, batch, sequence, tokens } = run
    const labels = head.weight.shape.dimensions[0]!
    const scores = scoresOf(scope, hidden, head, run)
    // The last token that is no padding: a mask and positions of int32, and their product.
    tape.transient([tokens, 4, 'mask of tokens'], [shape(sequence), 4, 'positions'], [tokens, 4, 'positions of tokens'])
    const pooled = shape(batch, labels)
    const node = needsGrad(tape, scores) ? new GradNode(tape, [edgeOf(scores)], [], () => [gradient(tape, scores.shape, scores.elementSize)]) : null
    return scope.hand(output(scope, pooled, scores.elementSize, 'rewards', node), receiver)
  },
  loss: (caller, calls, run) => {
    const { tape } = caller
    const frame = new Scope(tape)
    const rewards = calls.policy(frame)
    tape.category = 'logits-and-loss'
    tape.transient([shape(dimension('b', run.batch.size)), 4, 'reward margins'])
    const loss = lossOf(frame, rewards)
    tape.category = 'activations'
    return frame.return(loss, caller)
  }
}

/** score(hidden): [b, s, labels]. */
export function scoresOf (scope: Scope, hidden: Tensor, { weight }: Head, { tape, batch, sequence }: Run): Tensor {
  tape.module = 'score'
  tape.category = 'logits-and-loss'
  return linear(scope, hidden, weight, shape(batch, sequence, weight.shape.dimensions[0]!), null)
}
