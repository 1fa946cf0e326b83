import type { Architecture } from '../architecture.ts'
import { towerParameters } from '../count/tower.ts'
import type { VisionTower } from '../vision.ts'
import type { ConfigFields } from './fields.ts'
import { MORE_TOWERS, textFields } from './moreTowers.ts'
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

/** configuration_pixtral.py PixtralVisionConfig. */
const pixtral = (v: ConfigFields): TowerFacts => ({
  kind: 'pixtral',
  layers: v.sizeOr('num_hidden_layers', 24),
  hiddenSize: v.sizeOr('hidden_size', 1024),
  intermediateSize: v.sizeOr('intermediate_size', 4096),
  heads: v.sizeOr('num_attention_heads', 16),
  patchSize: v.sizeOr('patch_size', 16)
})

/** configuration_qwen2_5_vl.py, configuration_qwen3_vl.py. */
const qwen = (kind: string, v: ConfigFields, fallback: { readonly layers: number, readonly hidden: number, readonly inner: number, readonly patch: number }): TowerFacts => ({
  kind,
  layers: v.sizeOr('depth', fallback.layers),
  hiddenSize: v.sizeOr('hidden_size', fallback.hidden),
  intermediateSize: v.sizeOr('intermediate_size', fallback.inner),
  heads: v.sizeOr('num_heads', 16),
  patchSize: v.sizeOr('patch_size', fallback.patch),
  mergerOutputSize: v.sizeOr('out_hidden_size', 3584)
})
const qwen3 = (v: ConfigFields, deep: readonly number[]): TowerFacts => ({
  ...qwen('qwen3_vl', v, { layers: 27, hidden: 1152, inner: 4304, patch: 16 }),
  positions: v.sizeOr('num_position_embeddings', 2304),
  ...deep.length > 0 ? { deepstackMergers: deep.length, deepstackLayers: deep } : {}
})

/** model_type → its tower, from `vision_config` and the config itself. */
const TOWERS: Readonly<Record<string, (vision: ConfigFields, config: ConfigFields) => TowerFacts>> = {
  gemma3: (v, c) => ({ ...siglip(v), tokensPerImage: c.sizeOr('mm_tokens_per_image', 256) }),
  paligemma: siglip,
  idefics3: (v) => patchTower('siglip', { hidden: 1152, inner: 3072, patch: 32 })(v),
  qwen2_vl: (v) => {
    const c = v.sizeOr('embed_dim', 1280)
    return { kind: 'qwen2_vl', layers: v.sizeOr('depth', 32), hiddenSize: c, intermediateSize: Math.floor(c * v.numberOr('mlp_ratio', 4)), heads: v.sizeOr('num_heads', 16), patchSize: v.sizeOr('patch_size', 14), mergerOutputSize: v.sizeOr('hidden_size', 3584) }
  },
  qwen2_5_vl: (v) => {
    const full = v.numbers('fullatt_block_indexes')
    return { ...qwen('qwen2_5_vl', v, { layers: 32, hidden: 1280, inner: 3420, patch: 14 }), ...full ? { fullAttentionLayers: full } : {} }
  },
  qwen3_vl: (v) => qwen3(v, v.numbers('deepstack_visual_indexes') ?? [8, 16, 24]),
  qwen3_vl_moe: (v) => qwen3(v, v.numbers('deepstack_visual_indexes') ?? [8, 16, 24]),
  ...MORE_TOWERS,
  qwen3_5: (v) => qwen3(v, []),
  qwen3_5_moe: (v) => qwen3(v, []),
  llava: (v) => {
    switch (v.text('model_type')) {
      case 'siglip_vision_model': return siglip(v)
      case 'pixtral': return pixtral(v)
      default: return clip(v)
    }
  },
  llava_onevision: siglip,
  llava_next: (v) => v.text('model_type') === 'siglip_vision_model' ? siglip(v) : clip(v),
  mistral3: (v, c) => ({ ...pixtral(v), spatialMerge: c.sizeOr('spatial_merge_size', 2) })
}

export const VISION_MODEL_TYPES = Object.keys(TOWERS)

/** model_type of a language model within one → that of the same model on its own. */
const TEXT_TYPES: Readonly<Record<string, string>> = {
  qwen2_vl: 'qwen2', qwen2_vl_text: 'qwen2', qwen2_5_vl: 'qwen2', qwen2_5_vl_text: 'qwen2', qwen3_vl_text: 'qwen3', qwen3_vl_moe_text: 'qwen3_moe',
  glm4v_text: 'glm4', glm4v_moe_text: 'glm4_moe'
}

/** Reads a vision-language config: the language model from `text_config`, the tower from `vision_config`. */
export function visionReader (modelType: string): Reader | undefined {
  const tower = TOWERS[modelType]
  return tower && ((c) => {
    // Qwen2-VL's first configs have the language model's fields at the top.
    const text = c.isSetOr('text_config', false) ? c.section('text_config') : c
    const own = text.text('model_type') ?? ''
    const textType = TEXT_TYPES[own] ?? own
    const read = CONFIG_READERS[textType]
    if (!read) {
      c.reject('text_config.model_type', textType)
      return EMPTY
    }
    const architecture = read(textFields(own, text))
    const facts = tower(c.section('vision_config'), c)
    return { ...architecture, tiedEmbeddings: c.flag('tie_word_embeddings', architecture.tiedEmbeddings), vision: { ...facts, parameters: towerParameters(modelType, facts, architecture.hiddenSize) } }
  })
}

/** Stands for a config that was refused. */
const EMPTY = {} as Architecture
