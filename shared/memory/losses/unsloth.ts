import type { Head } from '../modules/families/index.ts'
import type { Run } from '../modules/run.ts'
import { dimension, edgeOf, GradNode, SCALAR, shape, Tensor, type Scope, type Shape } from '../tape/index.ts'
import type { LossResult } from './head.ts'

const GIB = 1024 ** 3
/** fused_losses/cross_entropy_loss.py _CE_TARGET_GB_CAP; half of the free memory where that is less, which a plan does not know. */
const BUDGET = 4 * GIB
/** What the chunk size is chosen with (_CE_BYTES_PER_LOGIT), and what its comment says is alive: 2 + 4 + 4 + 4 bytes. */
const BUDGETED_PER_LOGIT = 16
const ALIVE_PER_LOGIT = [2, 4, 4, 4] as const

/** Chunks of get_chunk_size: one, or a multiple of four. */
export function unslothChunks (tokens: number, vocabulary: number, fixedBytes: number): number {
  const budget = fixedBytes > 0 && fixedBytes < BUDGET ? BUDGET - fixedBytes : BUDGET
  const exact = tokens * vocabulary * BUDGETED_PER_LOGIT / budget
  return exact <= 1 ? 1 : Math.min(tokens, Math.ceil(exact / 4 - 1e-9) * 4)
}

/**
 * unsloth_zoo/fused_losses/cross_entropy_loss.py UnslothFusedLoss: gradients are made in the forward pass, chunk by chunk, by a compiled
 * function whose workspace is approximated by what the same code takes uncompiled.
 */
export function unslothFusedLoss (scope: Scope, hidden: Tensor, { weight: head }: Head, run: Run): LossResult {
  const { tape, vocabulary, hiddenSize } = run
  tape.module = 'unsloth_cross_entropy'
  tape.category = 'logits-and-loss'
  const inputGradient = tape.allocate(hidden.shape, hidden.elementSize, 'gradient of the hidden states')
  const weightGradient = head.requiresGrad ? tape.allocate(head.shape, head.elementSize, 'gradient of the head') : null
  const tokens = run.tokens.elements
  const fixed = inputGradient.bytes + 2 * (weightGradient?.bytes ?? 0)
  const chunk = dimension('chunk', Math.ceil(tokens / unslothChunks(tokens, vocabulary.size, fixed)))
  const labels = tape.allocate(run.tokens, 8, 'shifted labels')
  const logits = shape(chunk, vocabulary)
  const chunkWeightGradient = weightGradient ? tape.allocate(head.shape, head.elementSize, 'head gradient of one chunk') : null
  tape.transient(...ALIVE_PER_LOGIT.map((size): [Shape, number, string] => [logits, size, 'logits of one chunk']), [shape(chunk, hiddenSize), hidden.elementSize, 'gradient of one chunk'])
  for (const temporary of [labels, ...(chunkWeightGradient ? [chunkWeightGradient] : [])]) tape.release(temporary)
  const kept = weightGradient ? [inputGradient, weightGradient] : [inputGradient]
  const node = new GradNode(tape, [edgeOf(hidden), head.leaf], kept, (_, saved) => [tape.retain(saved[0]!), weightGradient ? tape.retain(saved[1]!) : null])
  const loss = scope.own(new Tensor(tape.allocate(SCALAR, 4, 'loss'), SCALAR, 4, true, node))
  for (const storage of kept) tape.release(storage)
  tape.category = 'activations'
  return { loss, logits: null }
}
