import type { Architecture } from '../../../architecture/architecture.ts'
import { dimension, shape } from '../../tape/index.ts'
import type { Family } from './family.ts'

/** model_type of a vision-language model → model_type of its language model, where transformers names them apart. */
const LANGUAGE_MODELS: Readonly<Record<string, string>> = {
  qwen2_vl: 'qwen2',
  qwen2_5_vl: 'qwen2',
  qwen3_vl: 'qwen3',
  qwen3_vl_moe: 'qwen3_moe',
  gemma3: 'gemma3_text',
  gemma3n: 'gemma3n_text',
  gemma4: 'gemma4_text',
  muse_glimmer: 'muse_glimmer_text',
  mistral3: 'mistral',
  aya_vision: 'cohere2',
  idefics3: 'llama',
  glm4v: 'glm4',
  lfm2_vl: 'lfm2',
  qwen3_5: 'qwen3_5_text',
  qwen3_5_moe: 'qwen3_5_moe_text',
  llama4: 'llama4_text',
  mistral4: 'mistral4',
  glm4v_moe: 'glm4v_moe',
  minimax_m3_vl: 'minimax_m3_vl',
  kimi_k25: 'deepseek_v3',
  kimi_vl: 'kimi_vl',
  deepseek_vl_v2: 'deepseek_vl_v2',
  interns1: 'qwen3_moe',
  internvl_chat: 'qwen3_moe'
}

/** The language model of a vision-language model as an architecture of its own; null when the two are woven into each other. */
export function languageModelOf (a: Architecture): Architecture | null {
  if (!a.vision || a.vision.crossAttentionLayers) return null
  const { vision: _, modelType, ...text } = a
  const textType = modelType === 'paligemma' ? a.normsPerLayer === 4 ? 'gemma2' : 'gemma' : LANGUAGE_MODELS[modelType ?? '']
  return textType ? { ...text, modelType: textType } : text
}

/**
 * A language model with a vision tower that is frozen, as LLaMA-Factory (freeze_vision_tower) and most recipes have it: the
 * tower's weights are resident, image tokens are part of the sequence. The tower's own forward pass over the images, which
 * keeps nothing, is not simulated.
 */
export function withFrozenTower (text: Family, parameters: number): Family {
  return {
    ...text,
    build: (builder, places) => {
      const model = text.build(builder, places)
      builder.frozen('vision_tower', shape(dimension('vision parameters', parameters)))
      return model
    }
  }
}
