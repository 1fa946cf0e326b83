import type { Plan } from '../../plan/index.ts'
import { ALLOCATION_UNIT, Scope, type Tensor } from '../tape/index.ts'
import { flashAttention, type AttentionGeometry } from './attention.ts'
import { cast, passThrough, repeatHeads, sliceCopy } from './elementwise.ts'

/**
 * transformers' way into FlashAttention's kernels for samples that lie end to end (modeling_flash_attention_utils.py
 * _prepare_from_posids): contiguous q, k and v; values padded to the width of the keys, and the output cut back (flash_attention.py).
 */
export function variableLength (caller: Scope, q: Tensor, k: Tensor, v: Tensor, at: AttentionGeometry, kind: Plan['runtime']['attention']): Tensor {
  const { tape } = caller
  const scope = new Scope(tape)
  const repeated = kind === 'flash-repeated-kv' ? [k, v].map((t) => repeatHeads(scope, t, at.query)) : [k, v]
  const wide = at.value ? sliceCopy(scope, v, at.query, 'values as wide as keys') : repeated[1]!
  const narrowed = [q, repeated[0]!, wide].map((t) => tape.autocast ? cast(scope, t, Math.min(t.elementSize, tape.autocast), 'in the autocast type') : t)
  const strided = [at.headsFirst ?? false, at.keysFirst ?? at.headsFirst ?? false, false]
  const [query, key, value] = narrowed.map((t, i) => strided[i] || isPart(t) ? passThrough(scope, t, 'contiguous copy') : t)
  const mixed = flashAttention(scope, query!, key!, value!, at, kind === 'flash-3')
  const handed = scope.hand(mixed, caller)
  scope.close()
  if (!at.value) return handed
  const cropped = sliceCopy(caller, handed, at.value, 'output, as wide as values')
  caller.drop(handed)
  return cropped
}

/** A view of part of a fused projection. */
const isPart = ({ storage, elements, elementSize }: Tensor): boolean => storage.bytes >= elements * elementSize + ALLOCATION_UNIT
