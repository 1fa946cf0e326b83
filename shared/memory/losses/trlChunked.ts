import { cast, gradient, output, passThrough, scale, tanh } from '../modules/elementwise.ts'
import type { Head } from '../modules/families/index.ts'
import { select } from '../modules/indexing.ts'
import type { Parameter } from '../modules/linear.ts'
import type { Run } from '../modules/run.ts'
import { slice } from '../modules/views.ts'
import { CheckpointFrame, dimension, edgeOf, GradNode, SCALAR, Scope, shape, type Tensor } from '../tape/index.ts'
import { allButLast, logSoftmax, negativeLogLikelihood } from '../modules/crossEntropy.ts'
import type { LossResult } from './head.ts'

const CHUNK = 256

/**
 * TRL's default for SFT (trl/trainer/sft_trainer.py _chunked_cross_entropy_loss): hidden states of labelled tokens packed to the
 * front, then 256 at a time through head and loss under a checkpoint of their own, with accuracy and entropy of the chunk.
 */
export function trlChunkedLoss (caller: Scope, hidden: Tensor, head: Head, run: Run): LossResult {
  const { tape, batch, sequence, hiddenSize } = run
  tape.module = 'chunked_cross_entropy'
  tape.category = 'logits-and-loss'
  const scope = new Scope(tape)
  const positions = batch.size * Math.max(1, sequence.size - 1)
  const rows = dimension('b·(s−1)', positions)
  const packedShape = shape(rows, hiddenSize)
  const view = slice(scope, hidden, allButLast(run.hidden))
  const flat = batch.size > 1 ? passThrough(scope, view, 'hidden states without the last') : view
  const flatLabels = batch.size > 1 ? output(scope, shape(rows), 8, 'labels') : null
  output(scope, shape(rows), 1, 'label mask')
  const order = output(scope, shape(rows), 8, 'order')
  const packed = select(scope, flat, order, packedShape, 'packed hidden states')
  if (flat !== view) scope.drop(flat)
  const labels = output(scope, shape(rows), 8, 'packed labels')
  if (flatLabels) scope.drop(flatLabels)

  const labelled = Math.max(1, Math.floor(positions * (run.plan.data.labelledShare ?? 1)))
  let total: Tensor | null = null
  for (let start = 0; start < Math.ceil(labelled / CHUNK) * CHUNK; start += CHUNK) {
    const count = dimension('chunk', Math.min(CHUNK, positions - start))
    const states = slice(scope, packed, shape(count, hiddenSize))
    const dead: GradNode[] = []
    const frame = new CheckpointFrame(tape, [packed.storage, labels.storage], (inner) => { chunkLoss(inner, states, labels, head, run, []) })
    tape.frame = frame
    const loss = chunkLoss(scope, states, labels, head, run, dead)
    tape.frame = null
    for (const node of dead) frame.abandon(node)
    total = total ? sumOfLosses(scope, total, loss) : loss
  }
  tape.category = 'activations'
  return { loss: scope.return(total!, caller), logits: null }
}

/**
 * _chunk: logits in the hidden states' type, fp32 from there on. The nodes of the entropy go to `dead`: nobody asks for its gradient, and
 * it is dropped with the model's outputs.
 */
function chunkLoss (caller: Scope, states: Tensor, labels: Tensor, head: Head, run: Run, dead: GradNode[]): Tensor {
  const { tape } = run
  tape.category = 'logits-and-loss'
  tape.module = 'chunked_cross_entropy'
  const scope = new Scope(tape)
  let logits = headProduct(scope, states, head.weight, run)
  const rebind = (next: Tensor): void => {
    if (next !== logits) scope.drop(logits)
    logits = next
  }
  rebind(cast(scope, logits, 4, 'logits in fp32'))
  if (head.scaled) rebind(scale(scope, logits, 'scaled logits'))
  if (head.softcap) {
    const divided = scale(scope, logits, 'logits / cap')
    const bounded = tanh(scope, divided)
    scope.drop(divided)
    const capped = scale(scope, bounded, 'capped logits')
    scope.drop(bounded)
    rebind(capped)
  }
  const logProbabilities = logSoftmax(scope, logits)
  const loss = negativeLogLikelihood(scope, logProbabilities, labels)
  const rows = shape(states.shape.dimensions[0]!)
  const valid = output(scope, rows, 1, 'label mask')
  tape.transient([rows, 8, 'most likely tokens'])
  entropy(scope, logProbabilities, valid, dead)
  return scope.return(loss, caller)
}

/** −(exp(log p) · log p).sum(−1) · valid */
function entropy (scope: Scope, logProbabilities: Tensor, valid: Tensor, dead: GradNode[]): void {
  const { tape } = scope
  const keep = (tensors: readonly Tensor[]): void => {
    if (tape.gradEnabled && logProbabilities.requiresGrad) dead.push(new GradNode(tape, [], tensors.map((t) => t.storage), () => []))
  }
  const probabilities = output(scope, logProbabilities.shape, 4, 'probabilities')
  keep([probabilities])
  keep([logProbabilities, probabilities])
  const product = output(scope, logProbabilities.shape, 4, 'product')
  scope.drop(probabilities)
  const rows = valid.shape
  const sum = output(scope, rows, 4, 'entropy per token')
  scope.drop(product)
  keep([valid])
  tape.transient([rows, 4, 'masked entropy'])
  scope.drop(sum)
}

/** h @ w.t(). The transpose of a weight is a view: autocast casts it again for every chunk, without the cache. */
function headProduct (scope: Scope, states: Tensor, weight: Parameter, run: Run): Tensor {
  const { tape } = scope
  const size = tape.autocast || states.elementSize
  const temporaries: Tensor[] = []
  let input = states
  let used: Tensor = weight
  // As in F.linear, the compiled wrapper casts its last argument first.
  if (weight.elementSize !== size) temporaries.push(used = castTransposed(scope, weight, size))
  if (states.elementSize > size) temporaries.push(input = cast(scope, states, size, 'input in the autocast type'))
  const extent = shape(states.shape.dimensions[0]!, run.vocabulary)
  const edges = [edgeOf(input), edgeOf(used)]
  let node: GradNode | null = null
  if (tape.gradEnabled && edges.some(Boolean)) {
    const saves = [...(edges[1] ? [input.storage] : []), ...(edges[0] ? [used.storage] : [])]
    node = new GradNode(tape, edges, saves, () => {
      const ofInput = edges[0] ? gradient(tape, input.shape, size) : null
      const ofWeight = edges[1] ? gradient(tape, weight.shape, size) : null
      if (ofWeight) ofWeight.isView = true
      return [ofInput, ofWeight]
    })
  }
  const result = output(scope, extent, size, 'logits', node)
  scope.drop(...temporaries)
  return result
}

/** autocast's copy of w.t(); its gradient reaches the weight as the transpose of a new tensor. */
function castTransposed (scope: Scope, weight: Parameter, size: number): Tensor {
  const { tape } = scope
  const node = tape.gradEnabled && weight.requiresGrad
    ? new GradNode(tape, [weight.leaf], [], () => {
      const result = gradient(tape, weight.shape, weight.elementSize)
      result.isView = true
      return [result]
    })
    : null
  return output(scope, weight.shape, size, 'autocast copy of the weight', node)
}

function sumOfLosses (scope: Scope, a: Tensor, b: Tensor): Tensor {
  const { tape } = scope
  const node = new GradNode(tape, [edgeOf(a), edgeOf(b)], [], (g) => [tape.retain(g), tape.retain(g)])
  return output(scope, SCALAR, 4, 'loss', node)
}
