import { ELEMENT_SIZE, activationType } from './floatType.ts'
import { imagePartOf, imagesOf, nearestSpread } from './modules/vision/index.ts'
import type { ResolvedPlan } from './resolvedPlan.ts'

/** Bytes by which the pass over the images may differ where another tower's blocks stand for the model's own. */
export function imageSpread ({ plan, architecture }: ResolvedPlan): number {
  const images = imagesOf(plan)
  const part = imagePartOf(architecture)
  if (!images || !part?.approximates) return 0
  return nearestSpread(part, architecture, images, plan.data.microBatch, ELEMENT_SIZE[activationType(plan)], plan.runtime.checkpointing !== 'none')
}
