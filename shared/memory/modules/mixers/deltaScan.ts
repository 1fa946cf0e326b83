import { dimension, shape, type Scope, type Tensor } from '../../tape/index.ts'
import { add, multiply, output } from '../elementwise.ts'
import type { DeltaRuleExtents } from './deltaRuleExtents.ts'
import { assignPart, batchedMatmul, forget, part, subtract } from './scanOperations.ts'

export interface ScanOperands {
  readonly query: Tensor
  readonly key: Tensor
  readonly within: Tensor
  readonly newValues: Tensor
  readonly keyDecay: Tensor
  readonly chunkDecay: Tensor
  readonly state: Tensor
  readonly result: Tensor
}

/** Chunks run at either end of a long scan. */
const ENDS = 3

/**
 * The scan over chunks: every chunk keeps its state. In a long scan memory is affine in the number of the chunk, so no chunk in the
 * middle is higher than those at both ends: only the ends are run, and what the others keep is one buffer.
 */
export function scanChunks (scope: Scope, o: ScanOperands, e: DeltaRuleExtents): Tensor {
  const { tape } = scope
  const skipped = Math.max(0, e.chunks - 2 * ENDS)
  const count = e.chunks - skipped
  let { state, result } = o
  let fresh: Tensor | null = null
  let across: Tensor | null = null
  let kept = 0
  const drop = (...tensors: (Tensor | null)[]): void => scope.drop(...tensors.filter((t) => t !== null))
  for (let i = 0; i < count; i++) {
    const before = tape.live
    const others = i === ENDS && skipped > 0 ? [output(scope, shape(dimension('chunks', skipped), dimension('bytes', kept)), 1, 'kept by further chunks')] : []
    const values = part(scope, o.newValues, e.chunkValue)
    const reading = part(scope, o.keyDecay, e.chunkKey)
    const read = batchedMatmul(scope, reading, state, e.chunkValue, 'values that the state predicts', others)
    const corrected = subtract(scope, values, read, e.chunkValue, 'correction')
    drop(values, reading, read, fresh, ...others)
    fresh = corrected
    const asking = part(scope, o.query, e.chunkKey)
    const inter = batchedMatmul(scope, asking, state, e.chunkValue, 'read of the state')
    drop(asking, across)
    across = inter
    const scores = part(scope, o.within, e.chunkPairs)
    const intra = batchedMatmul(scope, scores, fresh, e.chunkValue, 'within the chunk')
    const sum = add(scope, across, intra, 'output of the chunk')
    drop(scores, intra)
    result = assignPart(scope, result, sum)
    drop(sum)
    const decay = part(scope, o.chunkDecay, e.oneOfChunks)
    const faded = multiply(scope, state, decay, 'decayed state')
    const writing = part(scope, o.key, e.chunkKey)
    const written = batchedMatmul(scope, writing, fresh, e.state, 'update of the state')
    const next = add(scope, faded, written, 'state')
    // The last state is not returned, and the nodes behind it go with it.
    if (i === count - 1) forget(scope, [next], [state, fresh, o.chunkDecay, o.key])
    drop(decay, faded, writing, written, state)
    state = next
    kept = tape.live - before
  }
  scope.drop(state)
  return result
}
