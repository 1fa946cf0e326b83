import type { Architecture } from '../architecture.ts'
import { towerParameters } from '../count/tower.ts'
import type { VisionTower } from '../vision.ts'
import type { ConfigFields } from './fields.ts'
import { CONFIG_READERS } from './index.ts'

type Reader = (config: ConfigFields) => Architecture

/** Facts of a tower without its parameters, which follow from them. */
export type TowerFacts = Omit<VisionTower, 'parameters'>

/** configuration_siglip.py SiglipVisionConfig, configuration_clip.py CLIPVisionConfig. */
const patchTower = (kind: string, fallback: { readonly hidden: number, readonly inner: number, readonly patch: number }) => (v: ConfigFields): TowerFacts => ({
  kind,
  layers: v.sizeOr('num_hidden_layers', 12),
  hiddenSize: v.sizeOr('hidden_size', fallback.hidden),
  intermediateSize: v.sizeOr('intermediate_size', fallback.inner),
  heads: v.sizeOr('num_attention_heads', 12),
  patchSize: v.sizeOr('patch_size', fallback.patch),
  imageSize: v.sizeOr('image_size', 224)
})
const siglip = patchTower('siglip', { hidden: 768, inner: 3072, patch: 16 })
const clip = patchTower('clip', { hidden: 768, inner: 3072, patch: 32 })

/** model_type → its tower, from `vision_config` and the config itself. */
const TOWERS: Readonly<Record<string, (vision: ConfigFields, config: ConfigFields) => TowerFacts>> = {
  gemma3: (v, c) => ({ ...siglip(v), tokensPerImage: c.sizeOr('mm_tokens_per_image', 256) }),
  paligemma: siglip,
  llava: (v) => v.text('model_type') === 'siglip_vision_model' ? siglip(v) : clip(v)
}

export const VISION_MODEL_TYPES = Object.keys(TOWERS)

/** Reads a vision-language config: the language model from `text_config`, the tower from `vision_config`. */
export function visionReader (modelType: string): Reader | undefined {
  const tower = TOWERS[modelType]
  return tower && ((c) => {
    const text = c.section('text_config')
    const textType = text.text('model_type') ?? ''
    const read = CONFIG_READERS[textType]
    if (!read) {
      c.reject('text_config.model_type', textType)
      return EMPTY
    }
    const architecture = read(text)
    const facts = tower(c.section('vision_config'), c)
    return { ...architecture, tiedEmbeddings: c.flag('tie_word_embeddings', architecture.tiedEmbeddings), vision: { ...facts, parameters: towerParameters(modelType, facts, architecture.hiddenSize) } }
  })
}

/** Stands for a config that was refused. */
const EMPTY = {} as Architecture
