import type { VisionTower } from '../vision.ts'

type Facts = Omit<VisionTower, 'parameters'>

/** Parameters of GLM-4V's tower with its merger (transformers glm4v/modeling_glm4v.py). */
function glm4vTower ({ layers = 0, hiddenSize: c = 0, intermediateSize: f = 0, patchSize = 1, imageSize = 0, mergerInnerSize = 0 }: Facts, h: number): number {
  const block = 4 * c * c + 3 * c * f + 2 * c
  const merger = h * h + 2 * h + 3 * h * mergerInnerSize
  return Math.floor(imageSize / patchSize) ** 2 * c + 6 * patchSize ** 2 * c + c + layers * block + 2 * c + 4 * c * h + h + merger
}

/** Parameters of InternViT with its projector (transformers internvl/modeling_internvl.py). */
function internvit ({ layers = 0, hiddenSize: c = 0, intermediateSize: f = 0, patchSize = 1, imageSize = 448, normsHeads = false, rmsNorms = false, attentionBias = false }: Facts, h: number): number {
  const norms = (rmsNorms ? 2 : 4) * c + (normsHeads ? 2 * c : 0)
  const block = 4 * c * c + c + (attentionBias ? 3 * c : 0) + 2 * c * f + f + c + norms + 2 * c
  const embeddings = 3 * patchSize ** 2 * c + 2 * c + (Math.floor(imageSize / patchSize) ** 2 + 1) * c
  return layers * block + embeddings + 8 * c + 4 * c * h + h + h * h + h
}

/** Parameters of Llama 4's tower with its adapter and projector (transformers llama4/modeling_llama4.py). */
function llama4 ({ layers = 0, hiddenSize: c = 0, intermediateSize: f = 0, patchSize = 1, imageSize = 336, mergerOutputSize: o = 4096 }: Facts, h: number): number {
  const block = 4 * (c * c + c) + 2 * c * f + f + c + 4 * c
  const embeddings = 3 * patchSize ** 2 * c + c + (Math.floor(imageSize / patchSize) ** 2 + 1) * c
  return layers * block + embeddings + 4 * c + 4 * c * o + o * o + o * h
}

/** Kind of tower → its parameters with those of the projector behind it. */
export const MORE_COUNTS: Readonly<Record<string, (tower: Facts, hiddenSize: number) => number>> = {
  glm4v: glm4vTower,
  internvit,
  llama4_vision: llama4
}
