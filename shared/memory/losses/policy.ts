import { cast, gradient, anyNeedsGrad, needsGrad, output } from '../modules/elementwise.ts'
import type { Run } from '../modules/run.ts'
import type { Reinforcement } from '../../plan/index.ts'
import { dimension, edgeOf, GradNode, Scope, shape, Tensor, type Shape, type Storage } from '../tape/index.ts'
import { entropyFromLogits, entropyWithGradient, selectiveLogSoftmax } from './logProbabilities.ts'
import { policyPathOf, type LogProbabilityPath } from './frameworkPaths.ts'
import { logProbabilitiesBy, widened } from './pathOperations.ts'
import { lossOf, sumMasked } from './preference/common.ts'

/* The losses of GRPO and its relatives, as TRL computes them (trl/trainer/grpo_trainer.py, rloo_trainer.py, 1.13). */

/** Calls the wrapped model on a chunk of completions: logits of the completion and one position before, owned by `frame`. */
export type CallPolicy = (frame: Scope) => Tensor

export interface TokenLogProbabilities {
  /** [n, c], owned by the caller. */
  readonly logProbabilities: Tensor
  /** null when they were not asked for. */
  readonly entropies: Tensor | null
}

/**
 * _get_per_token_logps_and_entropies: chunk by chunk the model's call, the logits divided by the temperature (a copy, also by 1) and
 * the log-probabilities. What the chunk before made stays bound to its names while the next model call runs.
 */
export function tokenLogProbabilities (caller: Scope, call: CallPolicy, chunks: readonly number[], ids: Storage, run: Run, entropy: 'none' | 'logged' | 'trained'): TokenLogProbabilities {
  const { tape, plan, vocabulary } = run
  const completion = dimension('c', plan.reinforcement!.completionLength)
  const path = policyPathOf(plan.reinforcement!)
  if (path.method !== 'selective') return wholeLogProbabilities(caller, call, chunks, ids, path, entropy)
  const scope = new Scope(tape)
  let bound: readonly Tensor[] = []
  const parts: Tensor[] = []
  let entropies: Tensor | null = null
  for (const count of chunks) {
    const outputs = call(scope)
    scope.drop(...bound)
    tape.category = 'logits-and-loss'
    const rows = dimension('b', count)
    const extent = shape(rows, completion, vocabulary)
    const shifted = sliceView(scope, outputs, extent)
    const view = sliceView(scope, shifted, extent)
    const logits = divide(scope, view)
    scope.drop(shifted, view)
    bound = [outputs, logits]
    parts.push(selectiveLogSoftmax(scope, logits, ids))
    if (entropy === 'logged') entropies = entropyFromLogits(scope, logits, true)
    if (entropy === 'trained') entropies = entropyWithGradient(scope, logits)
  }
  const all = shape(dimension('n', chunks.reduce((sum, n) => sum + n, 0)), completion)
  const logProbabilities = joined(scope, parts, all)
  if (entropies) scope.hand(entropies, caller)
  tape.category = 'activations'
  return { logProbabilities: scope.return(logProbabilities, caller), entropies }
}

/** The same of all tokens at once, as other frameworks do. */
function wholeLogProbabilities (caller: Scope, call: CallPolicy, chunks: readonly number[], ids: Storage, path: LogProbabilityPath, entropy: 'none' | 'logged' | 'trained'): TokenLogProbabilities {
  const { tape } = caller
  const scope = new Scope(tape)
  let bound: Tensor | null = null
  let entropies: Tensor | null = null
  const parts: Tensor[] = []
  for (const _ of chunks) {
    const logits = widened(scope, call(scope), path)
    if (bound) scope.drop(bound)
    bound = logits
    parts.push(logProbabilitiesBy(scope, logits, ids, path))
    if (entropy === 'trained') entropies = entropyWithGradient(scope, logits)
    if (entropy === 'logged' && path.entropy === 'full') {
      // torch.cat of the mini-batches' logits copies even one; of the copy softmax and product.
      const { shape: extent, elementSize } = logits
      scope.hand(output(scope, extent, elementSize, 'logits of the mini-batch'), caller)
      scope.drop(logits)
      tape.transient([extent, elementSize, 'probabilities'], [extent, elementSize, 'product'])
    }
  }
  const extent = shape(dimension('n', parts.reduce((sum, { shape: { dimensions } }) => sum + dimensions[0]!.size, 0)), parts[0]!.shape.dimensions[1]!)
  const logProbabilities = parts.length > 1 ? joined(scope, parts, extent) : parts[0]!
  if (entropies) scope.hand(entropies, caller)
  tape.category = 'activations'
  return { logProbabilities: scope.return(logProbabilities, caller), entropies }
}

/** `x[:, a:b]` that Python writes with a negative bound: a view with a node of its own even where it keeps everything (slice_backward). */
function sliceView (scope: Scope, x: Tensor, extent: Shape): Tensor {
  const { tape } = scope
  const node = needsGrad(tape, x) ? new GradNode(tape, [edgeOf(x)], [], () => [gradient(tape, x.shape, x.elementSize)]) : null
  tape.retain(x.storage)
  return scope.own(new Tensor(x.storage, extent, x.elementSize, node !== null, node))
}

/** logits / temperature */
function divide (scope: Scope, x: Tensor): Tensor {
  const { tape } = scope
  const node = needsGrad(tape, x) ? new GradNode(tape, [edgeOf(x)], [], () => [gradient(tape, x.shape, x.elementSize)]) : null
  return output(scope, x.shape, x.elementSize, 'logits / temperature', node)
}

/** torch.cat of the chunks along the rows. */
function joined (scope: Scope, parts: readonly Tensor[], extent: Shape): Tensor {
  const { tape } = scope
  const node = anyNeedsGrad(tape, parts) ? new GradNode(tape, parts.map(edgeOf), [], (g) => parts.map(() => tape.retain(g))) : null
  return output(scope, extent, parts[0]!.elementSize, 'log-probabilities of the completions', node)
}

/** What autograd keeps per token between log-probabilities and loss, beside the log-probabilities: ratio, its clipped copy and their products. */
const KEPT_PER_TOKEN: Readonly<Record<Reinforcement['loss'], number>> = {
  grpo: 6, bnpo: 6, dr_grpo: 6, dapo: 6, luspo: 6, cispo: 3, sapo: 5, vespo: 4
}

/** From log-probabilities per token to the loss: small tensors of one number per token. */
export function policyLoss (caller: Scope, { logProbabilities, entropies }: TokenLogProbabilities, run: Run, others: readonly Tensor[] = []): Tensor {
  const { tape, plan } = run
  const { loss: name, beta, entropyBonus } = plan.reinforcement!
  tape.category = 'logits-and-loss'
  const scope = new Scope(tape)
  const extent = logProbabilities.shape
  const mask = output(scope, extent, 8, 'completion mask')
  const kept = Array.from({ length: (plan.algorithm === 'rloo' ? 0 : KEPT_PER_TOKEN[name]) + (beta > 0 ? 3 : 0) }, () => output(scope, extent, 4, 'policy ratio'))
  const narrow = cast(scope, logProbabilities, 4, 'log-probabilities in fp32')
  const node = needsGrad(tape, narrow) ? new GradNode(tape, [edgeOf(narrow)], kept.map((t) => t.storage), () => [gradient(tape, extent, 4)]) : null
  const perToken = output(scope, extent, 4, 'loss per token', node)
  const sums = sumMasked(scope, perToken, mask.storage)
  const loss = lossOf(scope, sums, ...entropyBonus && entropies ? [entropies] : [], ...others)
  tape.category = 'activations'
  return scope.return(loss, caller)
}
