import { dimension, edgeOf, GradNode, SCALAR, shape, Tensor, type Scope } from '../tape/index.ts'
import type { Head } from '../modules/families/index.ts'
import type { Run } from '../modules/run.ts'
import type { LossResult } from './head.ts'

/**
 * Liger's fused linear cross entropy (liger_kernel/ops/fused_linear_cross_entropy.py fused_linear_cross_entropy_forward): the
 * logits of a chunk of tokens at a time, gradients made in the forward pass. Chunk = next power of two of ⌈T / ⌈V / h⌉⌉.
 */
export function ligerFusedLinearLoss (scope: Scope, hidden: Tensor, { weight: head }: Head, run: Run): LossResult {
  const { tape } = scope
  tape.module = 'liger_cross_entropy'
  tape.category = 'logits-and-loss'
  const { vocabulary, hiddenSize: width } = run
  const perChunk = Math.ceil(run.tokens.elements / Math.ceil(vocabulary.size / width.size))
  const chunk = dimension('chunk', Math.min(run.tokens.elements, 2 ** Math.ceil(Math.log2(perChunk))))
  const computeSize = tape.autocast || hidden.elementSize
  const inputGradient = tape.allocate(hidden.shape, hidden.elementSize, 'gradient of the hidden states')
  const weightGradient = head.requiresGrad ? tape.allocate(head.shape, head.elementSize, 'gradient of the head') : null
  const losses = tape.allocate(run.tokens, 4, 'loss per token')
  const headCopy = tape.autocast && head.elementSize > computeSize ? tape.allocate(head.shape, computeSize, 'autocast copy of the head') : null
  const logits = tape.allocate(shape(chunk, vocabulary), computeSize, 'logits of one chunk')
  tape.transient([shape(chunk, width), computeSize, 'gradient of one chunk'])
  if (weightGradient) tape.transient([head.shape, computeSize, 'head gradient of one chunk'], [head.shape, 4, 'head gradient of one chunk in fp32'])
  for (const temporary of [logits, losses, ...(headCopy ? [headCopy] : [])]) tape.release(temporary)
  const kept = weightGradient ? [inputGradient, weightGradient] : [inputGradient]
  const node = new GradNode(tape, [edgeOf(hidden), head.leaf], kept, (_, saved) => [tape.retain(saved[0]!), weightGradient ? tape.retain(saved[1]!) : null])
  const loss = scope.own(new Tensor(tape.allocate(SCALAR, 4, 'loss'), SCALAR, 4, true, node))
  for (const storage of kept) tape.release(storage)
  tape.category = 'activations'
  return { loss, logits: null }
}
