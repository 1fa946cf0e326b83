import type { Architecture } from '../../../architecture/architecture.ts'
import type { VisionTower } from '../../../architecture/vision.ts'

/** A tower whose sizes are all known. */
export type SizedTower = VisionTower & Required<Pick<VisionTower, 'layers' | 'hiddenSize' | 'intermediateSize' | 'heads' | 'patchSize'>>

export function sizedTower ({ vision }: Architecture): SizedTower | null {
  const { layers, hiddenSize, intermediateSize, heads, patchSize } = vision ?? {}
  return vision && layers && hiddenSize && intermediateSize && heads && patchSize ? vision as SizedTower : null
}

/** Patches along one side of a tower of fixed size. */
export const gridSide = ({ imageSize = 224, patchSize }: SizedTower): number => Math.floor(imageSize / patchSize)
