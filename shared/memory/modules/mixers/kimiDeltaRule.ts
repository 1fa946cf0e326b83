import { dimension, edgeOf, GradNode, Scope, shape, type Shape, type Tensor } from '../../tape/index.ts'
import { add, cast, gradient, multiply, needsGrad, output, passThrough, scale } from '../elementwise.ts'
import { divideRows, sumRows } from '../indexing.ts'
import { slice } from '../views.ts'
import type { DeltaRuleExtents } from './deltaRuleExtents.ts'
import type { DeltaRuleInputs } from './gatedDeltaRule.ts'
import { scanKimiChunks } from './kimiDeltaScan.ts'
import { cumulativeSum, exponential, maskedFill, pad, times } from './operations.ts'
import { assignPart, batchedMatmul, negative, part, rebind, reshaped, subtract } from './scanOperations.ts'

/** Extents in which the decay has a value per channel of the keys. */
interface KimiExtents {
  /** [b, nh, C, 64, 64, dk] */
  readonly channels: Shape
  /** The same of one chunk. */
  readonly chunkChannels: Shape
  readonly chunked: Shape
}

function kimiExtents ({ pairs, chunkPairs, key, paddedKey }: DeltaRuleExtents): KimiExtents {
  const dk = key.dimensions.at(-1)!
  return { channels: shape(...pairs.dimensions, dk), chunkChannels: shape(...chunkPairs.dimensions, dk), chunked: paddedKey }
}

/**
 * transformers chunk_kimi_delta_attention: what runs without the flash-linear-attention package. The decay between every two
 * tokens of a chunk has a value per channel, and is kept.
 */
export function kimiDeltaRule (caller: Scope, inputs: DeltaRuleInputs, e: DeltaRuleExtents): Tensor {
  const { tape } = caller
  const scope = new Scope(tape)
  tape.module = 'kimi_delta_attention'
  const k = kimiExtents(e)
  const [q0, k0, v0, b0, g0] = [inputs.query, inputs.key, inputs.value, inputs.beta, inputs.decay].map((t) => {
    const ordered = passThrough(scope, t, 'heads first')
    return rebind(scope, ordered, cast(scope, ordered, 4, 'in fp32'))
  })
  let query = rebind(scope, q0!, unitLength(scope, q0!, e.rows))
  let key = rebind(scope, k0!, unitLength(scope, k0!, e.rows))
  const longer = pad(scope, query, e.paddedKey, 'padded')
  query = rebind(scope, query, rebind(scope, longer, scale(scope, longer, 'scaled query')))
  key = rebind(scope, key, pad(scope, key, e.paddedKey, 'padded'))
  const value = rebind(scope, v0!, pad(scope, v0!, e.paddedValue, 'padded'))
  const decay = rebind(scope, g0!, pad(scope, g0!, e.paddedKey, 'padded'))
  const beta = rebind(scope, b0!, pad(scope, b0!, e.paddedRows, 'padded'))
  const valueBeta = weigh(scope, value, beta)
  const keyBeta = weigh(scope, key, beta)
  const inChunks = (t: Tensor): Tensor => rebind(scope, t, reshaped(scope, t, t.shape))
  query = inChunks(query)
  key = inChunks(key)
  const values = inChunks(value)
  const rates = inChunks(decay)
  const [kb, vb] = [inChunks(keyBeta), inChunks(valueBeta)]
  const g = rebind(scope, rates, cumulativeSum(scope, rates, 'cumulative decay'))
  const mask = triangle(scope, e.mask)
  const strict = triangle(scope, e.mask)
  const decays = pairwiseDecay(scope, g, strict, k)
  const system = solve(scope, negatedScores(scope, kb, key, decays, mask, e, k), e)
  const newValues = batchedMatmul(scope, system, vb, e.paddedValue, 'new values')
  scope.drop(values)
  const grown = exponential(scope, g, 'exp(g)')
  const decayedKeys = multiply(scope, kb, grown, 'decayed keys')
  scope.drop(grown)
  const keyDecay = batchedMatmul(scope, system, decayedKeys, e.paddedKey, 'keys that read the state')
  scope.drop(decayedKeys)
  const state = output(scope, e.state, newValues.elementSize, 'state')
  const core = output(scope, e.paddedValue, newValues.elementSize, 'output of all chunks')
  const later = rebind(scope, mask, triangle(scope, e.mask))
  const scanned = scanKimiChunks(scope, { query, key, values: newValues, g, keyDecay, decays, mask: later, state, result: core }, e, k.chunkChannels)
  const flat = rebind(scope, scanned, reshaped(scope, scanned, e.paddedValue))
  const cut = rebind(scope, flat, slice(scope, flat, e.value))
  const ordered = rebind(scope, cut, passThrough(scope, cut, 'tokens first'))
  return scope.return(cast(scope, ordered, inputs.query.elementSize, 'output'), caller)
}

function triangle (scope: Scope, extent: Shape): Tensor {
  const ones = output(scope, extent, 1, 'ones')
  return rebind(scope, ones, output(scope, extent, 1, 'upper triangle'))
}

/** √(x + ε): keeps its output. Consumes the handle on x. */
function rootOfSum (scope: Scope, x: Tensor): Tensor {
  const { tape } = scope
  const edges = [edgeOf(x)]
  const needs = needsGrad(tape, x)
  const raised = output(scope, x.shape, x.elementSize, 'sum + ε')
  scope.drop(x)
  const result = output(scope, x.shape, x.elementSize, 'root')
  scope.drop(raised)
  if (needs) {
    result.requiresGrad = true
    result.node = new GradNode(tape, edges, [result.storage], () => {
      const doubled = gradient(tape, x.shape, x.elementSize)
      const made = gradient(tape, x.shape, x.elementSize)
      tape.release(doubled)
      return [made]
    })
  }
  return result
}

/** transformers l2norm: x / √(Σx² + ε). */
function unitLength (caller: Scope, x: Tensor, rows: Shape): Tensor {
  const scope = new Scope(caller.tape)
  const squares = multiply(scope, x, x, 'squares')
  const sum = rebind(scope, squares, sumRows(scope, squares, rows, 'sum of squares'))
  const length = rootOfSum(scope, sum)
  return scope.return(divideRows(scope, x, length, 'unit length'), caller)
}

function weigh (scope: Scope, x: Tensor, w: Tensor): Tensor {
  const column = reshaped(scope, w, w.shape)
  return rebind(scope, column, multiply(scope, x, column))
}

/** exp(g − gᵀ) where the second token is not later. */
function pairwiseDecay (scope: Scope, g: Tensor, mask: Tensor, { channels }: KimiExtents): Tensor {
  const [row, column] = [reshaped(scope, g, g.shape), reshaped(scope, g, g.shape)]
  const difference = subtract(scope, row, column, channels, 'pairwise decay')
  scope.drop(row, column)
  const masked = rebind(scope, difference, maskedFill(scope, difference, mask, channels))
  return rebind(scope, masked, exponential(scope, masked, 'pairwise decay'))
}

function negatedScores (scope: Scope, kb: Tensor, key: Tensor, decays: Tensor, mask: Tensor, e: DeltaRuleExtents, { channels }: KimiExtents): Tensor {
  const products = decayedProducts(scope, kb, key, () => decays, channels, e.pairs)
  const masked = rebind(scope, products, maskedFill(scope, products, mask, e.pairs))
  return rebind(scope, masked, negative(scope, masked))
}

/** (a.unsqueeze(-2) · b.unsqueeze(-3) · decay).sum(-1); the decay is taken once the product is made. */
export function decayedProducts (scope: Scope, a: Tensor, b: Tensor, decay: () => Tensor, channels: Shape, pairs: Shape): Tensor {
  const [row, column] = [reshaped(scope, a, a.shape), reshaped(scope, b, b.shape)]
  const outer = times(scope, row, column, channels, 'products per channel')
  scope.drop(row, column)
  const decays = decay()
  const decayed = rebind(scope, outer, times(scope, outer, decays, channels, 'decayed products'))
  return rebind(scope, decayed, sumRows(scope, decayed, pairs, 'scores'))
}

/** Forward substitution, row by row in place, then + identity. */
function solve (scope: Scope, system: Tensor, { pairs, mask }: DeltaRuleExtents): Tensor {
  const front = pairs.dimensions.slice(0, 3)
  const [chunk] = mask.dimensions
  let attn = system
  let [row, sub]: (Tensor | undefined)[] = []
  for (let i = 1; i < chunk!.size; i++) {
    const n = dimension('i', i)
    const square = shape(...front, n, n)
    const nextRow = cloned(scope, attn, shape(...front, chunk!), shape(...front, n))
    if (row) scope.drop(row)
    row = nextRow
    const nextSub = cloned(scope, attn, shape(...front, n, chunk!), square)
    if (sub) scope.drop(sub)
    sub = nextSub
    const column = reshaped(scope, row, row.shape)
    const product = rebind(scope, column, times(scope, column, sub, square, 'row by rows above'))
    const sum = rebind(scope, product, sumRows(scope, product, row.shape, 'sum of rows'))
    const solved = rebind(scope, sum, add(scope, row, sum, 'solved row'))
    attn = assignPart(scope, attn, solved)
    scope.drop(solved)
  }
  const identity = output(scope, mask, 4, 'identity')
  const result = rebind(scope, attn, passThrough(scope, attn, 'solved system'))
  scope.drop(identity)
  return result
}

/** `attn[..., i, :i].clone()`, `attn[..., :i, :i].clone()` */
function cloned (scope: Scope, x: Tensor, first: Shape, second: Shape): Tensor {
  const outer = part(scope, x, first)
  const inner = rebind(scope, outer, part(scope, outer, second))
  return rebind(scope, inner, passThrough(scope, inner, 'clone'))
}
