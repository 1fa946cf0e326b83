import type { Plan } from '../../plan/index.ts'
import { ALLOCATION_UNIT, edgeOf, GradNode, Scope, shape, type Storage, type Tensor } from '../tape/index.ts'
import { flashAttention, type AttentionGeometry } from './attention.ts'
import { cast, gradient, needsGrad, output, passThrough, repeatHeads, sliceCopy } from './elementwise.ts'

/*
 * transformers' way into the kernels of the FlashAttention package (modeling_flash_attention_utils.py _flash_attention_forward), which
 * take where samples begin instead of a mask.
 */

/**
 * Samples end to end: contiguous q, k and v (_prepare_from_posids). Padded rows: the real tokens are taken out before and put back
 * after (_upad_input, _pad_input); all are taken for real, as the longest batch may be. Else as they are. Values are padded to the width
 * of the keys and the output cut back (integrations/flash_attention.py).
 */
export function flashPackage (caller: Scope, q: Tensor, k: Tensor, v: Tensor, at: AttentionGeometry, kind: Plan['runtime']['attention']): Tensor {
  const { tape } = caller
  const scope = new Scope(tape)
  const repeated = kind === 'flash-repeated-kv' ? [k, v].map((t) => repeatHeads(scope, t, at.query)) : [k, v]
  const wide = at.value ? sliceCopy(scope, v, at.query, 'values as wide as keys') : repeated[1]!
  const narrowed = [q, repeated[0]!, wide].map((t) => tape.autocast ? cast(scope, t, Math.min(t.elementSize, tape.autocast), 'in the autocast type') : t)
  const strided = [at.headsFirst ?? false, at.keysFirst ?? at.headsFirst ?? false, false]
  const tokens = at.unpads ? realTokens(scope, at) : null
  const [query, key, value] = narrowed.map((t, i) => {
    if (tokens) return takeOut(scope, strided[i] ? passThrough(scope, t, 'contiguous copy') : t, tokens)
    return at.samples && (strided[i] || isPart(t)) ? passThrough(scope, t, 'contiguous copy') : t
  })
  const packed = flashAttention(scope, query!, key!, value!, at, kind === 'flash-3')
  const mixed = scope.hand(tokens ? putBack(scope, packed, tokens) : packed, caller)
  scope.close()
  const isInOrder = at.samples !== undefined || !at.headsFirst
  if (!at.value && isInOrder) return mixed
  const result = at.value ? sliceCopy(caller, mixed, at.value, 'output, as wide as values') : passThrough(caller, mixed, 'output, tokens first')
  caller.drop(mixed)
  return result
}

/** A view of part of a fused projection. */
const isPart = ({ storage, elements, elementSize }: Tensor): boolean => storage.bytes >= elements * elementSize + ALLOCATION_UNIT

/** Their indices, int64 (_get_unpad_data). */
function realTokens (scope: Scope, { batch, sequence }: AttentionGeometry): Storage {
  return output(scope, shape(batch, sequence), 8, 'indices of real tokens').storage
}

/** `x.reshape(-1, …)[indices]`: keeps the indices; backward puts the gradient into zeros. */
function takeOut (scope: Scope, x: Tensor, indices: Storage): Tensor {
  const { tape } = scope
  const node = needsGrad(tape, x) ? new GradNode(tape, [edgeOf(x)], [indices], () => [gradient(tape, x.shape, x.elementSize)]) : null
  return output(scope, x.shape, x.elementSize, 'real tokens', node)
}

/** `zeros[indices] = x`: keeps the indices; backward takes the gradient out. */
function putBack (scope: Scope, x: Tensor, indices: Storage): Tensor {
  const { tape } = scope
  const node = needsGrad(tape, x) ? new GradNode(tape, [edgeOf(x)], [indices], () => [gradient(tape, x.shape, x.elementSize)]) : null
  return output(scope, x.shape, x.elementSize, 'output, padded again', node)
}
