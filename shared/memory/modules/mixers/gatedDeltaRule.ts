import { Scope, type Shape, type Tensor } from '../../tape/index.ts'
import { cast, multiply, output, passThrough, scale } from '../elementwise.ts'
import { sumRows } from '../indexing.ts'
import { slice } from '../views.ts'
import type { DeltaRuleExtents } from './deltaRuleExtents.ts'
import { scanChunks } from './deltaScan.ts'
import { cumulativeSum, exponential, maskedFill, pad } from './operations.ts'
import { batchedMatmul, forget, part, rebind, reshaped, rsqrtOfSum, solveTriangular, subtract } from './scanOperations.ts'

export interface DeltaRuleInputs {
  readonly query: Tensor
  readonly key: Tensor
  readonly value: Tensor
  readonly beta: Tensor
  readonly decay: Tensor
}

/** transformers torch_chunk_gated_delta_rule: what runs without the flash-linear-attention package. All of it in fp32. */
export function gatedDeltaRule (caller: Scope, inputs: DeltaRuleInputs, e: DeltaRuleExtents): Tensor {
  const { tape } = caller
  const scope = new Scope(tape)
  tape.module = 'gated_delta_rule'
  const [q0, k0, v0, b0, d0] = [inputs.query, inputs.key, inputs.value, inputs.beta, inputs.decay].map((t) => cast(scope, t, 4, 'in fp32'))
  let query = rebind(scope, q0!, unitLength(scope, q0!, e.rows))
  let key = rebind(scope, k0!, unitLength(scope, k0!, e.rows))
  query = rebind(scope, query, scale(scope, query, 'scaled query'))
  const padded = [pad(scope, query, e.paddedKey, 'padded'), pad(scope, key, e.paddedKey, 'padded'), pad(scope, v0!, e.paddedValue, 'padded')] as const
  scope.drop(query, key, v0!)
  const rows = [pad(scope, b0!, e.paddedRows, 'padded'), pad(scope, d0!, e.paddedRows, 'padded')] as const
  scope.drop(b0!, d0!)
  const [, , value] = padded
  const [beta, decay] = rows
  const valueBeta = weigh(scope, value, beta)
  const keyBeta = weigh(scope, padded[1], beta)
  // The gradients of both come out of a triangular solve, columns first.
  const copies = e.chunks > 1
  query = rebind(scope, padded[0], reshaped(scope, padded[0], e.paddedKey))
  key = rebind(scope, padded[1], reshaped(scope, padded[1], e.paddedKey))
  const chunkedKeyBeta = rebind(scope, keyBeta, reshaped(scope, keyBeta, e.paddedKey, copies))
  const chunkedValueBeta = rebind(scope, valueBeta, reshaped(scope, valueBeta, e.paddedValue, copies))
  const ones = output(scope, e.mask, 1, 'ones')
  const mask = output(scope, e.mask, 1, 'upper triangle')
  scope.drop(ones)
  const cumulative = cumulativeSum(scope, decay, 'cumulative decay')
  const pairwise = pairwiseDecay(scope, cumulative, mask, e)
  const system = times(scope, batchedMatmul(scope, chunkedKeyBeta, key, e.pairs, 'keys by keys'), pairwise, 'triangular system')
  const within = times(scope, batchedMatmul(scope, query, key, e.pairs, 'scores within chunks'), pairwise, 'decayed scores within chunks')
  const decayedKeyBeta = weighByDecay(scope, chunkedKeyBeta, cumulative)
  const newValues = solveTriangular(scope, system, chunkedValueBeta, 'new values')
  const keyDecay = solveTriangular(scope, system, decayedKeyBeta, 'keys that read the state')
  const state = output(scope, e.state, 4, 'state')
  const result = output(scope, e.paddedValue, 4, 'output of all chunks')
  query = rebind(scope, query, weighByDecay(scope, query, cumulative))
  const chunkedKey = key
  key = rebind(scope, key, decayedKeys(scope, key, cumulative, e))
  const last = part(scope, cumulative, e.lastOfChunks)
  const chunkDecay = exponential(scope, last, 'decay of the chunk')
  scope.drop(last)
  const scanned = scanChunks(scope, { query, key, within, newValues, keyDecay, chunkDecay, state, result }, e)
  // A single chunk reads no state that any key has written.
  if (e.chunks === 1) forget(scope, [key, chunkDecay], [cumulative, chunkedKey])
  const reordered = e.chunks > 1 ? rebind(scope, scanned, passThrough(scope, scanned, 'output in order')) : scanned
  const cut = rebind(scope, reordered, slice(scope, reordered, e.value))
  return scope.return(cast(scope, cut, inputs.query.elementSize, 'output'), caller)
}

/** transformers l2norm: x · rsqrt(Σx² + ε). */
function unitLength (caller: Scope, x: Tensor, rows: Shape): Tensor {
  const scope = new Scope(caller.tape)
  const squares = multiply(scope, x, x, 'squares')
  const sum = sumRows(scope, squares, rows, 'sum of squares')
  scope.drop(squares)
  const inverse = rsqrtOfSum(scope, sum)
  return scope.return(multiply(scope, x, inverse, 'unit length'), caller)
}

/** x · w.unsqueeze(-1) */
function weigh (scope: Scope, x: Tensor, w: Tensor): Tensor {
  const column = reshaped(scope, w, w.shape)
  const result = multiply(scope, x, column)
  scope.drop(column)
  return result
}

/** x · exp(decay).unsqueeze(-1) */
function weighByDecay (scope: Scope, x: Tensor, decay: Tensor): Tensor {
  const factor = exponential(scope, decay, 'decay so far')
  const result = weigh(scope, x, factor)
  scope.drop(factor)
  return result
}

/** keys · exp(decay at the end of the chunk − decay) */
function decayedKeys (scope: Scope, key: Tensor, cumulative: Tensor, e: DeltaRuleExtents): Tensor {
  const last = part(scope, cumulative, e.lastOfChunks)
  const rest = subtract(scope, last, cumulative, cumulative.shape, 'decay to the end of the chunk')
  scope.drop(last)
  const factor = exponential(scope, rest, 'decay to the end')
  scope.drop(rest)
  const result = weigh(scope, key, factor)
  scope.drop(factor)
  return result
}

function times (scope: Scope, product: Tensor, factor: Tensor, role: string): Tensor {
  return rebind(scope, product, multiply(scope, product, factor, role))
}

function pairwiseDecay (scope: Scope, cumulative: Tensor, mask: Tensor, e: DeltaRuleExtents): Tensor {
  const [column, row] = [reshaped(scope, cumulative, cumulative.shape), reshaped(scope, cumulative, cumulative.shape)]
  const difference = subtract(scope, column, row, e.pairs, 'pairwise decay')
  scope.drop(column, row)
  const masked = rebind(scope, difference, maskedFill(scope, difference, mask, e.pairs))
  return rebind(scope, masked, exponential(scope, masked, 'pairwise decay'))
}
