import type { ConfigFields } from './fields.ts'
import type { TowerFacts } from './vision.ts'

/** Glm4vTextAttention: heads as wide as hidden size over heads, biases on q, k and v, whatever the config says. */
const glm4vText = (c: ConfigFields): ConfigFields =>
  c.with('head_dim', Math.floor(c.sizeOr('hidden_size', 4096) / c.sizeOr('num_attention_heads', 32))).with('attention_bias', true)

/** configuration_glm4v.py Glm4vVisionConfig: `intermediate_size` is the merger's, the blocks' own feed-forward is as wide as what it puts out. */
const glm4vTower = (v: ConfigFields): TowerFacts => ({
  kind: 'glm4v',
  layers: v.sizeOr('depth', 24),
  hiddenSize: v.sizeOr('hidden_size', 1536),
  intermediateSize: v.sizeOr('out_hidden_size', 4096),
  heads: v.sizeOr('num_heads', 12),
  patchSize: v.sizeOr('patch_size', 14),
  imageSize: v.sizeOr('image_size', 336),
  mergerInnerSize: v.sizeOr('intermediate_size', 13696)
})

/** A side's length where a config gives both. */
const side = (v: ConfigFields, field: string, otherwise: number): number => v.numbers(field)?.[0] ?? v.sizeOr(field, otherwise)

/** configuration_internvl.py InternVLVisionConfig. */
const internvlTower = (v: ConfigFields): TowerFacts => ({
  kind: 'internvit',
  layers: v.sizeOr('num_hidden_layers', 24),
  hiddenSize: v.sizeOr('hidden_size', 1024),
  intermediateSize: v.sizeOr('intermediate_size', 4096),
  heads: v.sizeOr('num_attention_heads', 16),
  patchSize: side(v, 'patch_size', 14),
  imageSize: side(v, 'image_size', 448),
  normsHeads: v.flag('use_qk_norm', false),
  rmsNorms: v.text('norm_type') === 'rms_norm',
  attentionBias: v.flag('attention_bias', false)
})

/** configuration_llama4.py Llama4VisionConfig. */
const llama4Tower = (v: ConfigFields): TowerFacts => ({
  kind: 'llama4_vision',
  layers: v.sizeOr('num_hidden_layers', 34),
  hiddenSize: v.sizeOr('hidden_size', 768),
  intermediateSize: v.sizeOr('intermediate_size', 5632),
  heads: v.sizeOr('num_attention_heads', 16),
  patchSize: v.sizeOr('patch_size', 14),
  imageSize: v.sizeOr('image_size', 448),
  mergerOutputSize: v.sizeOr('vision_output_dim', 7680)
})

/** model_type → its tower. */
export const MORE_TOWERS: Readonly<Record<string, (vision: ConfigFields, config: ConfigFields) => TowerFacts>> = {
  glm4v: glm4vTower,
  glm4v_moe: glm4vTower,
  internvl: internvlTower,
  llama4: llama4Tower
}

/** A language model's config with what its class takes for granted; `own`: its model_type. */
export const textFields = (own: string, text: ConfigFields): ConfigFields => own === 'glm4v_text' ? glm4vText(text) : text
