import type { VisionTower } from '../vision.ts'
import { MORE_COUNTS } from './moreTowers.ts'

/** Parameters of a stack of SigLIP or CLIP blocks with its embeddings and norms (transformers siglip/modeling_siglip.py, clip/modeling_clip.py). */
function patchTower ({ layers = 0, hiddenSize: c = 0, intermediateSize: f = 0, patchSize = 1, imageSize = 0 }: Omit<VisionTower, 'parameters'>, isClip: boolean): number {
  const patches = Math.floor(imageSize / patchSize) ** 2
  const block = 4 * (c * c + c) + 2 * c * f + f + c + 4 * c
  const embeddings = 3 * patchSize ** 2 * c + (isClip ? c : 0) + (patches + 1) * c
  return layers * block + embeddings + (isClip ? 4 : 2) * c
}

/** Parameters of the towers of Qwen2-VL, Qwen2.5-VL and Qwen3-VL with their mergers (transformers qwen2_vl, qwen2_5_vl and qwen3_vl). */
function packedTower ({ kind, layers = 0, hiddenSize: c = 0, intermediateSize: f = 0, patchSize = 1, positions = 2304, deepstackMergers = 0 }: Omit<VisionTower, 'parameters'>, h: number): number {
  const [isGated, isThird] = [kind === 'qwen2_5_vl', kind === 'qwen3_vl']
  const norm = isGated ? c : 2 * c
  const mlp = isGated ? 3 * c * f + 2 * f + c : 2 * c * f + f + c
  const block = 4 * c * c + 4 * c + mlp + 2 * norm
  const merger = (over: number): number => (isGated ? over : 2 * over) + 16 * c * c + 4 * c + 4 * c * h + h
  return 6 * patchSize ** 2 * c + (isThird ? c + positions * c : 0) + layers * block + merger(c) + deepstackMergers * merger(4 * c)
}

/** Pixtral's tower (transformers pixtral/modeling_pixtral.py), with the projector of Mistral 3 or LLaVA. */
function pixtral ({ layers = 0, hiddenSize: c = 0, intermediateSize: f = 0, patchSize = 1, spatialMerge }: Omit<VisionTower, 'parameters'>, h: number): number {
  const tower = 3 * patchSize ** 2 * c + c + layers * (4 * c * c + 3 * c * f + 2 * c)
  return tower + (spatialMerge ? c + spatialMerge ** 2 * c * c + c * h + h * h : c * h + h + h * h + h)
}

/** Patches along one side that Idefics3 merges into a token. */
const idefics3Scale = (side: number): number => side % 4 === 0 ? 4 : 3

/** Of the projector between tower and language model. */
function projector (modelType: string, c: number, h: number, patches: number): number {
  switch (modelType) {
    case 'gemma3': return c * h + c
    case 'paligemma': return c * h + h
    case 'llava_onevision':
    case 'llava_next': return c * h + h + h * h + h + h
    case 'idefics3': return c * h * idefics3Scale(patches) ** 2
    default: return c * h + h + h * h + h
  }
}

/** All parameters of tower and projector, from their sizes. */
export const towerParameters = (modelType: string, tower: Omit<VisionTower, 'parameters'>, hiddenSize: number): number =>
  MORE_COUNTS[tower.kind]?.(tower, hiddenSize) ?? (tower.kind === 'pixtral' ? pixtral(tower, hiddenSize) : tower.kind.startsWith('qwen') ? packedTower(tower, hiddenSize) : patchTower(tower, tower.kind === 'clip') + projector(modelType, tower.hiddenSize ?? 0, hiddenSize, Math.floor((tower.imageSize ?? 0) / (tower.patchSize ?? 1))))
