import { dimension, edgeOf, GradNode, Scope, shape, Tensor, type Shape } from '../tape/index.ts'
import { batched, narrow, type AttentionGeometry } from './attention.ts'
import { add, addConstant, cast, dropout, gradient, matmul, needsGrad, output, passThrough, scale, selectableOutput, softmax } from './elementwise.ts'
import { maskScores } from './masking.ts'

/* Attention with a learned bias on the scores that may need a gradient (T5). */

export interface Masks {
  /** The mask that the model made: boolean for SDPA, additive for eager attention; null where it made none. */
  readonly mask: Tensor | null
  /** Whether SDPA would be told is_causal: the causal mask is then made here. */
  readonly causal: boolean
}

/** What attention returns: its output, and in eager attention the probabilities. */
export interface Attended {
  readonly result: Tensor
  readonly probabilities: Tensor | null
}

/** transformers t5 eager_attention_forward: scores, bias and mask added, softmax in their type. */
export function eagerBiased (scope: Scope, q: Tensor, k: Tensor, v: Tensor, bias: Tensor, { mask }: Masks, at: AttentionGeometry): Attended {
  const key = narrow(scope, k)
  const query = narrow(scope, q)
  const left = batched(scope, query, at, false)
  const right = batched(scope, key, at, false)
  const scores = matmul(scope, left, right, at.scores, 'scores')
  dropOthers(scope, [left, right, query, key], [q, k])
  let current = scale(scope, scores)
  scope.drop(scores)
  const rebind = (next: Tensor): void => {
    if (next !== current) scope.drop(current)
    current = next
  }
  rebind(add(scope, current, bias, 'scores with bias'))
  if (mask) rebind(addConstant(scope, current, Math.max(current.elementSize, mask.elementSize), 'masked scores'))
  const wide = scope.tape.autocast ? cast(scope, current, 4, 'scores in fp32') : current
  const probabilities = softmax(scope, wide, wide.elementSize)
  if (wide !== current) scope.drop(wide)
  rebind(probabilities)
  if (at.dropout) rebind(dropout(scope, current))
  const value = narrow(scope, v)
  const weights = narrow(scope, current)
  const values = batched(scope, value, at, false)
  const mixed = matmul(scope, weights, values, at.query, 'weighted values')
  dropOthers(scope, [values, weights, value], [v, current])
  const result = passThrough(scope, mixed, 'output')
  scope.drop(mixed)
  return { result, probabilities: current }
}

const dropOthers = (scope: Scope, handles: readonly Tensor[], kept: readonly Tensor[]): void =>
  scope.drop(...new Set(handles.filter((t) => !kept.includes(t))))

/**
 * transformers sdpa_attention.py with a position_bias: a floating-point mask of bias and mask, then SDPA's memory-efficient kernel,
 * which pads it to a multiple of 8 keys and makes a gradient of it for every row.
 */
export function efficientBiased (scope: Scope, q: Tensor, k: Tensor, v: Tensor, bias: Tensor, masks: Masks, at: AttentionGeometry): Attended {
  const { tape } = scope
  const additive = combined(scope, bias, masks, at)
  const inputs = [narrow(scope, q), narrow(scope, k), narrow(scope, v)]
  const inner = new Scope(tape)
  const [query, key, value] = inputs
  const expanded = expand(inner, aligned(inner, narrow(inner, additive)), at)
  const needs = needsGrad(tape, query!, key!, value!, expanded)
  const result = selectableOutput(scope, 'attention', at.query, query!.elementSize, 'output')
  const rows = { symbol: '⌈s⌉₃₂', size: Math.ceil(at.sequence.size / 32) * 32 }
  const logSumExp = selectableOutput(inner, 'attention', shape(at.batch, at.heads, rows), 4, 'log-sum-exp')
  if (needs) {
    const operands = [query!, key!, value!, expanded]
    const edges = operands.map((t) => edgeOf(t))
    result.requiresGrad = true
    result.node = new GradNode(tape, edges, [...operands, result, logSumExp].map((t) => t.storage), () => {
      const gradients = operands.map((t, i) => edges[i] ? gradient(tape, t.shape, t.elementSize) : null)
      tape.transient([shape(at.batch, at.heads, at.sequence), 4, 'delta'])
      return gradients
    })
  }
  inner.close()
  scope.drop(...new Set([...inputs.filter((t) => t !== q && t !== k && t !== v), ...additive === bias ? [] : [additive]]))
  return { result, probabilities: null }
}

/** create_position_bias_mask */
function combined (scope: Scope, bias: Tensor, { mask, causal }: Masks, at: AttentionGeometry): Tensor {
  if (mask) return where(scope, mask, bias, at.scores)
  if (!causal) return bias
  const made = output(scope, shape(at.sequence, at.scores.dimensions[3]!), 1, 'causal mask')
  const result = maskScores(scope, bias, made.storage, 'bias and mask')
  scope.drop(made)
  return result
}

/** torch.where(mask, bias, lowest): both broadcast; the bias' gradient is summed over the rows of the batch. */
function where (scope: Scope, mask: Tensor, bias: Tensor, extent: Shape): Tensor {
  const { tape } = scope
  const node = needsGrad(tape, bias) ? new GradNode(tape, [edgeOf(bias)], [mask.storage], () => [gradient(tape, extent, bias.elementSize)]) : null
  if (node && extent.elements !== bias.elements) {
    node.fit = ([whole]) => {
      const summed = gradient(tape, bias.shape, bias.elementSize)
      tape.release(whole!)
      return [summed]
    }
  }
  return output(scope, extent, bias.elementSize, 'bias and mask', node)
}

/** pad_bias: a copy with as many keys as a multiple of 8, sliced again. */
function aligned (scope: Scope, bias: Tensor): Tensor {
  const keys = bias.shape.dimensions[3]!.size
  if (keys % 8 === 0) return bias
  const { tape } = scope
  const wide = shape(...bias.shape.dimensions.slice(0, 3), dimension('⌈s⌉₈', Math.ceil(keys / 8) * 8))
  const padded = needsGrad(tape, bias) ? new GradNode(tape, [edgeOf(bias)], [], () => [gradient(tape, bias.shape, bias.elementSize)]) : null
  const copy = output(scope, wide, bias.elementSize, 'additive mask, aligned', padded)
  const sliced = padded ? new GradNode(tape, [padded], [], () => [gradient(tape, wide, bias.elementSize)]) : null
  tape.retain(copy.storage)
  return scope.own(new Tensor(copy.storage, bias.shape, bias.elementSize, sliced !== null, sliced))
}

/** Expanded over the batch: a view, whose gradient is summed. */
function expand (scope: Scope, bias: Tensor, at: AttentionGeometry): Tensor {
  if (bias.elements === at.scores.elements) return scope.alias(bias)
  const { tape } = scope
  const node = needsGrad(tape, bias) ? new GradNode(tape, [edgeOf(bias)], [], () => [gradient(tape, bias.shape, bias.elementSize)]) : null
  tape.retain(bias.storage)
  return scope.own(new Tensor(bias.storage, at.scores, bias.elementSize, node !== null, node))
}
