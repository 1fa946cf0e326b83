import type { Dimension } from '../result.ts'
import type { Tensor } from '../tape/index.ts'
import { dimension, edgeOf, GradNode, shape, type Scope, type Shape } from '../tape/index.ts'
import { flash2Workspace, flash3Workspace } from './flashWorkspace.ts'
import { addConstant, cast, dropout, gradient, matmul, needsGrad, output, passThrough, repeatHeads, scale, selectableOutput, softmax, tanh } from './elementwise.ts'

const ceilTo = (n: number, multiple: number): number => Math.ceil(n / multiple) * multiple

/** Everything about one attention call that does not change between layers. */
export interface AttentionGeometry {
  readonly batch: Dimension
  readonly sequence: Dimension
  readonly heads: Dimension
  readonly kvHeads: Dimension
  readonly headDim: Dimension
  /** [b, nh, s, d] */
  readonly query: Shape
  /** [b, nh, nv + s, d] where a prefix makes keys longer than queries. */
  readonly keys?: Shape
  /** [b, nh, s, s] */
  readonly scores: Shape
  /** Additive bias of the memory-efficient kernel, its last dimension aligned to 8; null without a padding mask. */
  readonly bias: Shape | null
  /** The boolean mask [b, 1, s, s]; null without padding. */
  readonly mask: Shape | null
  /** q lies in memory as [b, nh, s, d]; so does flash's output, which is copied before the last projection. */
  readonly headsFirst?: boolean
  /** Keys lie as [b, nh, s, d], whether queries do or not. */
  readonly keysFirst?: boolean
  /** Extent of the values for all heads where they are not as wide as q and k: [b, s, nh, d_v]; no flash kernel takes them. */
  readonly value?: Shape
  /** scores ← cap · tanh(scores / cap) in eager attention (Gemma 2). */
  readonly softcap?: boolean
  /** Eager softmax in the scores' own type, fp32 under autocast (GPT-2). */
  readonly narrowSoftmax?: boolean
  /** The same, and the probabilities stay in that type (Llama 4). */
  readonly bareSoftmax?: boolean
  /** SDPA runs its math kernel. */
  readonly mathKernel?: boolean
  /** A mask that is additive already, one for every head: SDPA takes it as it is, aligned. */
  readonly additive?: Tensor
  /** No mask reaches eager attention: every token sees all (BERT without padding). */
  readonly unmasked?: boolean
  /** Samples of a row that are told apart by where each begins, without a mask. */
  readonly samples?: Dimension
  /** Rows are padded, and FlashAttention gets the real tokens. */
  readonly unpads?: boolean
  /** Rate of dropout on the probabilities. */
  readonly dropout?: number
}

/** FlashAttention or SDPA's flash kernel: keeps q, k, v, output and the log-sum-exp; FlashAttention 3 differs in the workspace of its backward pass. */
export function flashAttention (scope: Scope, q: Tensor, k: Tensor, v: Tensor, at: AttentionGeometry, isThird = false): Tensor {
  const { tape } = scope
  const needs = needsGrad(tape, q, k, v)
  const boundaries = at.samples ? [output(scope, shape(dimension('n+1', at.batch.size * at.samples.size + 1)), 4, 'where samples begin')] : []
  const result = selectableOutput(scope, 'attention', q.shape, q.elementSize, 'output')
  const logSumExp = selectableOutput(scope, 'attention', shape(at.batch, at.heads, at.sequence), 4, 'log-sum-exp')
  if (needs) {
    result.requiresGrad = true
    result.node = new GradNode(tape, [edgeOf(q), edgeOf(k), edgeOf(v)], [q, k, v, result, logSumExp, ...boundaries].map((t) => t.storage), () => {
      const gradients = [q, k, v].map((t) => gradient(tape, t.shape, t.elementSize))
      tape.transient(...(isThird ? flash3Workspace(q, k, at) : flash2Workspace(q, k, at)))
      return gradients
    })
  }
  scope.drop(logSumExp, ...boundaries)
  return result
}

/**
 * SDPA's memory-efficient kernel over keys and values of all heads: a boolean mask becomes an additive bias on every call (ATen
 * attention.cpp convert_boolean_attn_mask, pad_bias) and is kept with q, k, v, the output and the log-sum-exp.
 */
export function efficientAttention (scope: Scope, q: Tensor, k: Tensor, v: Tensor, at: AttentionGeometry): Tensor {
  const { tape } = scope
  const needs = needsGrad(tape, q, k, v)
  const bias = at.additive ? alignedMask(scope, at.additive, at.bias) : at.mask && at.bias ? attentionBias(scope, at.mask, at.bias, q.elementSize) : null
  const result = selectableOutput(scope, 'attention', at.value ?? q.shape, q.elementSize, 'output')
  const rows = { symbol: '⌈s⌉₃₂', size: ceilTo(at.sequence.size, 32) }
  const logSumExp = selectableOutput(scope, 'attention', shape(at.batch, at.heads, rows), 4, 'log-sum-exp')
  if (needs) {
    const saves = [q, k, v, ...(bias ? [bias] : []), result, logSumExp].map((t) => t.storage)
    result.requiresGrad = true
    result.node = new GradNode(tape, [edgeOf(q), edgeOf(k), edgeOf(v)], saves, () => {
      const gradients = [q, k, v].map((t) => gradient(tape, t.shape, t.elementSize))
      tape.transient([shape(at.batch, at.heads, at.sequence), 4, 'delta'])
      return gradients
    })
  }
  scope.drop(logSumExp)
  if (bias) scope.drop(bias)
  return result
}

/** pad_bias of a mask that is additive already. */
function alignedMask (scope: Scope, mask: Tensor, bias: Shape | null): Tensor {
  return !bias || bias.elements === mask.elements ? scope.alias(mask) : output(scope, bias, mask.elementSize, 'additive mask, aligned')
}

export function attentionBias (scope: Scope, mask: Shape, bias: Shape, elementSize: number): Tensor {
  const inverted = output(scope, mask, 1, 'inverted mask')
  const additive = output(scope, mask, elementSize, 'additive mask')
  scope.drop(inverted)
  if (bias.elements === mask.elements) return additive
  const aligned = output(scope, bias, elementSize, 'additive mask, aligned')
  scope.drop(additive)
  return aligned
}

/**
 * transformers eager_attention_forward: scores, mask, softmax in fp32, back to the query's type, weighted values, contiguous
 * copy. `maskSize`: bytes of an element of the mask. The probabilities are returned too, and the decoder layer's frame (the caller's) keeps them until it returns.
 */
export function eagerAttention (scope: Scope, q: Tensor, k: Tensor, v: Tensor, at: AttentionGeometry, maskSize: number): Tensor {
  // Where matmul expands a single head itself, autocast casts the head as it is.
  const single = at.mathKernel ? narrow(scope, k) : k
  const kAll = repeatHeads(scope, single, at.keys ?? at.query)
  const repeated = at.mathKernel ? null : repeatHeads(scope, v, at.value ?? at.keys ?? at.query)
  // Autocast casts the arguments of an operation from the last to the first.
  const key = narrow(scope, kAll)
  const query = narrow(scope, q)
  const left = batched(scope, query, at, at.headsFirst ?? false)
  const right = batched(scope, key, at, (at.keysFirst ?? at.headsFirst ?? false) || at.keys !== undefined || isInOrder(k, kAll, key))
  const scores = matmul(scope, left, right, at.scores, 'scores')
  dropOthers(scope, [left, right, query, key], [q, kAll])
  let scaled = scale(scope, scores)
  scope.drop(scores)
  if (at.softcap) scaled = capScores(scope, scaled)
  // The mask has the type of the embedded input: an fp32 mask lifts 16-bit scores to fp32.
  const masked = at.unmasked ? scaled : addConstant(scope, scaled, Math.max(scaled.elementSize, maskSize), 'masked scores')
  if (masked !== scaled) scope.drop(scaled)
  const wide = (at.narrowSoftmax || at.bareSoftmax) && !scope.tape.autocast ? masked : cast(scope, masked, 4, 'scores in fp32')
  const probabilities32 = softmax(scope, wide, wide.elementSize)
  if (wide !== masked) scope.drop(wide)
  scope.drop(masked)
  let probabilities = at.bareSoftmax ? probabilities32 : cast(scope, probabilities32, at.narrowSoftmax ? v.elementSize : q.elementSize, 'probabilities')
  if (probabilities !== probabilities32) scope.drop(probabilities32)
  if (at.dropout) {
    const kept = dropout(scope, probabilities)
    scope.drop(probabilities)
    probabilities = kept
  }
  const vAll = repeated ?? repeatHeads(scope, narrow(scope, v), at.query)
  const value = narrow(scope, vAll)
  const weights = narrow(scope, probabilities)
  const values = batched(scope, value, at, at.keys !== undefined || isInOrder(v, vAll, value))
  const mixed = matmul(scope, weights, values, at.value ?? at.query, 'weighted values')
  dropOthers(scope, [values, weights, value], [vAll, probabilities])
  const result = passThrough(scope, mixed, 'output')
  scope.drop(mixed, kAll, vAll)
  scope.hand(probabilities, scope.caller ?? scope)
  return result
}

/** Autocast's copy of an operand of a matmul. */
export const narrow = (scope: Scope, t: Tensor): Tensor =>
  scope.tape.autocast ? cast(scope, t, Math.min(t.elementSize, scope.tape.autocast), 'in the autocast type') : t

/** Whether heads lie in the order of bmm: repeated ones do, and a cast of the view that repeats a single head. */
const isInOrder = (heads: Tensor, repeated: Tensor, used: Tensor): boolean =>
  repeated.storage !== heads.storage || (repeated.elements > heads.elements && used.storage !== repeated.storage)

/**
 * torch.matmul flattens batch and heads for bmm. Projections lie as [b, s, nh, d], which only a batch of one lets it do
 * without a contiguous copy; repeated heads already are a copy in the right order.
 */
export const batched = (scope: Scope, t: Tensor, at: AttentionGeometry, repeated: boolean): Tensor =>
  repeated || at.batch.size === 1 ? t : passThrough(scope, t, 'contiguous copy')

const dropOthers = (scope: Scope, handles: readonly Tensor[], kept: readonly Tensor[]): void =>
  scope.drop(...new Set(handles.filter((t) => !kept.includes(t))))

/** Gemma 2: divide, tanh, multiply, each rebinding the scores. */
function capScores (scope: Scope, scores: Tensor): Tensor {
  const divided = scale(scope, scores, 'scores / cap')
  scope.drop(scores)
  const bounded = tanh(scope, divided)
  scope.drop(divided)
  const capped = scale(scope, bounded, 'capped scores')
  scope.drop(bounded)
  return capped
}
