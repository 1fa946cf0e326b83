import { edgeOf, GradNode, Scope, shape, type Tensor } from '../tape/index.ts'
import { attentionBias, batched, narrow, type AttentionGeometry } from './attention.ts'
import { addInPlace, cast, gradient, matmul, needsGrad, output, passThrough, repeatHeads, scale } from './elementwise.ts'

/**
 * SDPA's math kernel (ATen native/transformers/attention.cpp _scaled_dot_product_attention_math): q, k and v in fp32 until it returns,
 * q and k scaled apart, and a narrow copy of the probabilities that nobody asks for. Grouped heads are repeated, a single one is
 * broadcast by matmul (`at.mathKernel`). The result lies heads first and is copied.
 */
export function mathAttention (caller: Scope, q: Tensor, k: Tensor, v: Tensor, at: AttentionGeometry): Tensor {
  const scope = new Scope(caller.tape)
  const inputs = [q, k, v].map((t) => narrow(scope, t))
  const { elementSize } = inputs[0]!
  const given = at.mask ? attentionBias(scope, at.mask, at.mask, elementSize) : null
  const [query, key, value] = inputs.map((t) => cast(scope, t, 4, 'in fp32'))
  const scaledQuery = scale(scope, query!, 'scaled query')
  const bias = given ?? (at.unmasked ? null : causalBias(scope, at))
  const [keys, values] = [key!, value!].map((t) => at.mathKernel ? t : repeatHeads(scope, t, at.keys ?? at.query, true))
  const raw = scores(scope, scaledQuery, keys!, at)
  const masked = bias ? addInPlace(scope, raw, bias) : raw
  const probabilities = safeSoftmax(scope, masked)
  scope.drop(...new Set([raw, masked]))
  if (elementSize < 4) output(scope, at.scores, elementSize, 'probabilities, returned')
  const mixed = weighted(scope, probabilities, values!, at)
  const result = scope.return(cast(scope, mixed, elementSize, 'output'), caller)
  const contiguous = passThrough(caller, result, 'output, tokens first')
  caller.drop(result)
  return contiguous
}

/** is_causal without a mask: ones, their lower triangle, and the bias that is made of it. */
function causalBias (caller: Scope, at: AttentionGeometry): Tensor {
  const scope = new Scope(caller.tape)
  const square = shape(at.sequence, at.sequence)
  const ones = output(scope, square, 1, 'ones')
  output(scope, square, 1, 'causal mask')
  scope.drop(ones)
  return scope.return(attentionBias(scope, square, square, 4), caller)
}

/** query · (key · √scale)ᵀ. */
function scores (caller: Scope, query: Tensor, key: Tensor, at: AttentionGeometry): Tensor {
  const scope = new Scope(caller.tape)
  const scaled = scale(scope, key, 'scaled key')
  const left = batched(scope, query, at, at.headsFirst ?? false)
  const right = batched(scope, at.mathKernel ? repeatHeads(scope, scaled, at.query) : scaled, at, inOrder(key, at))
  return scope.return(matmul(scope, left, right, at.scores, 'scores'), caller)
}

function weighted (caller: Scope, probabilities: Tensor, value: Tensor, at: AttentionGeometry): Tensor {
  const scope = new Scope(caller.tape)
  const values = batched(scope, at.mathKernel ? repeatHeads(scope, value, at.query) : value, at, inOrder(value, at))
  return scope.return(matmul(scope, probabilities, values, at.query, 'weighted values'), caller)
}

/** at::_safe_softmax: softmax, then zeros for rows that are masked throughout; keeps its result. */
function safeSoftmax (caller: Scope, x: Tensor): Tensor {
  const { tape } = caller
  const scope = new Scope(tape)
  output(scope, x.shape, x.elementSize, 'softmax output')
  output(scope, x.shape, 1, 'masked elements')
  const result = output(scope, x.shape, x.elementSize, 'probabilities')
  if (needsGrad(tape, x)) {
    result.requiresGrad = true
    result.node = new GradNode(tape, [edgeOf(x)], [result.storage], () => [gradient(tape, x.shape, x.elementSize)])
  }
  return scope.return(result, caller)
}

/** Heads that were repeated lie in the order of bmm. */
const inOrder = (heads: Tensor, at: AttentionGeometry): boolean => !at.mathKernel && at.kvHeads.size < at.heads.size && heads.shape === (at.keys ?? at.query)
