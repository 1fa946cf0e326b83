import type { Architecture } from '../../architecture/architecture.ts'
import { layersInOrder } from '../../architecture/layerSequence.ts'
import { virtualTokensOf, type Plan } from '../../plan/index.ts'
import { isFlashPackage, masksSamples, readsBoundaries } from './packing.ts'

/** Kinds of attention layers by what they see. */
export const FULL = 'full'
export const SLIDING = 'sliding'

/** Which layers look back only `slidingWindow.window` tokens: by the config, else by the catalog's pattern. */
export function slidingLayers (a: Architecture): readonly boolean[] {
  const { slidingLayers: given, slidingWindow } = a
  if (given) return given
  if (a.layerSequence && a.layerGroups?.some((group) => group.attention)) return layersInOrder(a).map((group) => group.attention === 'sliding')
  const pattern = slidingWindow?.pattern ?? ''
  const counts = /(\d+) sliding : (\d+) full/.exec(pattern)
  const slides = (i: number): boolean => {
    if (slidingWindow === null || slidingWindow.window === null) return false
    const chunked = /(\d+) of (\d+) layers/.exec(pattern)
    if (chunked) return i % Number(chunked[2]) < Number(chunked[1])
    if (pattern === 'alternating global/local') return i % 2 === 1
    if (!counts) return pattern === 'all layers'
    return i % (Number(counts[1]) + Number(counts[2])) < Number(counts[1])
  }
  return Array.from({ length: a.layers }, (_, i) => slides(i))
}

/** `sliding` or `full` for every layer. */
export const windowKinds = (a: Architecture): readonly string[] => slidingLayers(a).map((slides) => slides ? SLIDING : FULL)

/**
 * Whether SDPA gets a boolean mask in layers of this kind (transformers masking_utils.py _ignore_causal_mask_sdpa): under
 * padding, and in a sliding layer from the window's length on. FlashAttention's package gets none, but for text that is generated.
 */
export function maskedKind (a: Architecture, plan: Plan, kind: string, cached = false): boolean {
  if (readsBoundaries(plan) || (isFlashPackage(plan.runtime) && !cached)) return false
  const window = a.slidingWindow?.window ?? null
  return masksSamples(plan) || (kind.startsWith(SLIDING) && window !== null && plan.data.sequenceLength + virtualTokensOf(plan.method) >= window)
}
