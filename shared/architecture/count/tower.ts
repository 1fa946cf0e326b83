import type { VisionTower } from '../vision.ts'

/** Parameters of a stack of SigLIP or CLIP blocks with its embeddings and norms (transformers siglip/modeling_siglip.py, clip/modeling_clip.py). */
function patchTower ({ layers = 0, hiddenSize: c = 0, intermediateSize: f = 0, patchSize = 1, imageSize = 0 }: Omit<VisionTower, 'parameters'>, isClip: boolean): number {
  const patches = Math.floor(imageSize / patchSize) ** 2
  const block = 4 * (c * c + c) + 2 * c * f + f + c + 4 * c
  const embeddings = 3 * patchSize ** 2 * c + (isClip ? c : 0) + (patches + 1) * c
  return layers * block + embeddings + (isClip ? 4 : 2) * c
}

/** Of the projector between tower and language model. */
function projector (modelType: string, c: number, h: number): number {
  switch (modelType) {
    case 'gemma3': return c * h + c
    case 'paligemma': return c * h + h
    default: return c * h + h + h * h + h
  }
}

/** All parameters of tower and projector, from their sizes. */
export const towerParameters = (modelType: string, tower: Omit<VisionTower, 'parameters'>, hiddenSize: number): number =>
  patchTower(tower, tower.kind === 'clip') + projector(modelType, tower.hiddenSize ?? 0, hiddenSize)
