import { dimension, shape, type Scope, type Shape, type Tensor } from '../../tape/index.ts'
import { add, multiply, output } from '../elementwise.ts'
import type { DeltaRuleExtents } from './deltaRuleExtents.ts'
import { decayedProducts } from './kimiDeltaRule.ts'
import { exponential, maskedFill } from './operations.ts'
import { assignPart, batchedMatmul, forget, part, rebind, reshaped, subtract } from './scanOperations.ts'

export interface KimiScanOperands {
  readonly query: Tensor
  readonly key: Tensor
  readonly values: Tensor
  readonly g: Tensor
  readonly keyDecay: Tensor
  readonly decays: Tensor
  readonly mask: Tensor
  readonly state: Tensor
  readonly result: Tensor
}

/** Chunks run at either end of a long scan, as in deltaScan.ts. */
const ENDS = 3

/** The scan over chunks of chunk_kimi_delta_attention. Names live until they are bound again. */
export function scanKimiChunks (scope: Scope, o: KimiScanOperands, e: DeltaRuleExtents, channels: Shape): Tensor {
  const names = new Map<string, Tensor>()
  const name = (key: string, tensor: Tensor): Tensor => {
    const old = names.get(key)
    if (old) scope.drop(old)
    names.set(key, tensor)
    return tensor
  }
  const [b, nh, , dk] = e.chunkKey.dimensions
  const lastOfChunk = shape(b!, nh!, dk!)
  let { state, result } = o
  const skipped = Math.max(0, e.chunks - 2 * ENDS)
  const count = e.chunks - skipped
  let kept = 0
  for (let i = 0; i < count; i++) {
    const before = scope.tape.live
    const others = i === ENDS && skipped > 0 ? [output(scope, shape(dimension('chunks', skipped), dimension('bytes', kept)), 1, 'kept by further chunks')] : []
    const q = name('q_i', part(scope, o.query, e.chunkKey))
    const k = name('k_i', part(scope, o.key, e.chunkKey))
    const v = name('v_i', part(scope, o.values, e.chunkValue))
    const g = name('g_i', part(scope, o.g, e.chunkKey))
    const grown = exponential(scope, g, 'exp(g)')
    const asking = rebind(scope, grown, multiply(scope, q, grown, 'decayed query'))
    const inter = name('attn_inter', rebind(scope, asking, batchedMatmul(scope, asking, state, e.chunkValue, 'read of the state', others)))
    scope.drop(...others)
    const scores = decayedProducts(scope, q, k, () => name('decays', part(scope, o.decays, channels)), channels, e.chunkPairs)
    const intra = name('attn_intra', rebind(scope, scores, maskedFill(scope, scores, o.mask, e.chunkPairs)))
    const reading = part(scope, o.keyDecay, e.chunkKey)
    const read = name('v_prime', rebind(scope, reading, batchedMatmul(scope, reading, state, e.chunkValue, 'values that the state predicts')))
    const fresh = name('v_new', subtract(scope, v, read, e.chunkValue, 'correction'))
    const within = batchedMatmul(scope, intra, fresh, e.chunkValue, 'within the chunk')
    const sum = rebind(scope, within, add(scope, inter, within, 'output of the chunk'))
    result = assignPart(scope, result, sum)
    scope.drop(sum)
    const [faded, written] = update(scope, state, k, g, fresh, e, lastOfChunk)
    const next = add(scope, faded, written, 'state')
    scope.drop(faded, written)
    // The last state is not returned, and the nodes behind it go with it.
    if (i === count - 1) forget(scope, [next], [state, fresh, k, g])
    scope.drop(state)
    state = next
    kept = scope.tape.live - before
  }
  scope.drop(state)
  return result
}

/** Both terms of the next state: the decayed one, and what this chunk writes. */
function update (scope: Scope, state: Tensor, k: Tensor, g: Tensor, fresh: Tensor, e: DeltaRuleExtents, lastOfChunk: Shape): [Tensor, Tensor] {
  const last = part(scope, g, lastOfChunk)
  const fade = rebind(scope, last, exponential(scope, last, 'decay of the chunk'))
  const column = rebind(scope, fade, reshaped(scope, fade, lastOfChunk))
  const faded = rebind(scope, column, multiply(scope, state, column, 'decayed state'))
  const end = part(scope, g, lastOfChunk)
  const rest = rebind(scope, end, subtract(scope, end, g, g.shape, 'decay to the end of the chunk'))
  const factor = rebind(scope, rest, exponential(scope, rest, 'decay to the end'))
  const writing = rebind(scope, factor, multiply(scope, k, factor, 'decayed keys'))
  const written = rebind(scope, writing, batchedMatmul(scope, writing, fresh, e.state, 'update of the state'))
  return [faded, written]
}
