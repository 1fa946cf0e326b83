import { edgeOf, GradNode, Scope, type Tensor } from '../tape/index.ts'
import { attentionBias, batched, narrow, type AttentionGeometry } from './attention.ts'
import { addInPlace, cast, gradient, matmul, needsGrad, output, passThrough, repeatHeads, scale } from './elementwise.ts'

/**
 * SDPA's math kernel over one key and value head (ATen native/transformers/attention.cpp _scaled_dot_product_attention_math): q, k
 * and v in fp32 until it returns, q and k scaled apart, and a narrow copy of the probabilities that nobody asks for. The result lies
 * heads first and is copied.
 */
export function mathAttention (caller: Scope, q: Tensor, k: Tensor, v: Tensor, at: AttentionGeometry): Tensor {
  const scope = new Scope(caller.tape)
  const inputs = [q, k, v].map((t) => narrow(scope, t))
  const { elementSize } = inputs[0]!
  const bias = at.mask ? attentionBias(scope, at.mask, at.mask, elementSize) : null
  const [query, key, value] = inputs.map((t) => cast(scope, t, 4, 'in fp32'))
  const raw = scores(scope, scale(scope, query!, 'scaled query'), key!, at)
  const masked = bias ? addInPlace(scope, raw, bias) : raw
  const probabilities = safeSoftmax(scope, masked)
  scope.drop(...new Set([raw, masked]))
  if (elementSize < 4) output(scope, at.scores, elementSize, 'probabilities, returned')
  const mixed = weighted(scope, probabilities, value!, at)
  const result = scope.return(cast(scope, mixed, elementSize, 'output'), caller)
  const contiguous = passThrough(caller, result, 'output, tokens first')
  caller.drop(result)
  return contiguous
}

/** query · (key · √scale)ᵀ, the one key head expanded to all. */
function scores (caller: Scope, query: Tensor, key: Tensor, at: AttentionGeometry): Tensor {
  const scope = new Scope(caller.tape)
  const scaled = scale(scope, key, 'scaled key')
  const left = batched(scope, query, at, false)
  const right = batched(scope, repeatHeads(scope, scaled, at.query), at, false)
  return scope.return(matmul(scope, left, right, at.scores, 'scores'), caller)
}

function weighted (caller: Scope, probabilities: Tensor, value: Tensor, at: AttentionGeometry): Tensor {
  const scope = new Scope(caller.tape)
  const values = batched(scope, repeatHeads(scope, value, at.query), at, false)
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
