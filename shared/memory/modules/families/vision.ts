import type { Architecture } from '../../../architecture/architecture.ts'
import { dimension, shape, type Scope, type Tensor } from '../../tape/index.ts'
import type { ModelBuilder } from '../builder.ts'
import { imagePartOf, imagesOf, type ImagePart } from '../vision/index.ts'
import type { DecoderModel, Family } from './family.ts'

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
  glm4v: 'glm4v_text',
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

/** Ends the kind of a block that image vectors are added before. */
const DEEP = ' after deep image vectors '
const DEEP_KIND = new RegExp(`${DEEP}\\d+$`)

/** The head is the outer model's own, without Gemma 2's soft-cap or Cohere 2's scale (paligemma/modeling_paligemma.py, aya_vision/modeling_aya_vision.py). */
const PLAIN_HEADS: ReadonlySet<string> = new Set(['paligemma', 'aya_vision'])

const deepLayersOf = (part: ImagePart, architecture: Architecture): number => part.deepLayers?.(architecture) ?? 0

/**
 * A language model with what stands in front of it: tower and projector module by module where their code is followed and anything
 * but their size matters, else their weights as one block. `beside`: parameters of other parts that no method here trains.
 */
export function withImages (text: Family, architecture: Architecture, beside: number): Family {
  const part = imagePartOf(architecture)
  const block = (builder: ModelBuilder, parameters: number): void => {
    if (parameters > 0) builder.frozen('vision_tower', shape(dimension('vision parameters', parameters)))
  }
  return {
    ...text,
    layerKinds: (a, plan) => {
      const kinds = text.layerKinds(a, plan)
      const deep = part && plan.data.images ? deepLayersOf(part, architecture) : 0
      return deep > 0 ? kinds.map((kind, i) => i > 0 && i <= deep ? `${kind}${DEEP}${i}` : kind) : kinds
    },
    build: (builder, places) => {
      const { run: { plan }, run } = builder
      const buildText = (): DecoderModel => {
        const model = text.build(builder, places.map((place) => ({ ...place, kind: place.kind.replace(DEEP_KIND, '') })))
        // Llama4ForConditionalGeneration calls Llama4ForCausalLM, and computes the loss itself.
        if (architecture.modelType === 'llama4') return Object.assign(model, { head: { ...model.head, isInner: true } })
        return PLAIN_HEADS.has(architecture.modelType ?? '') ? Object.assign(model, { head: { ...model.head, softcap: false, scaled: false } }) : model
      }
      const images = imagesOf(plan)
      if (!part || (!images && (part.approximates !== undefined || !('quantization' in plan.method)))) {
        const model = buildText()
        block(builder, architecture.vision!.parameters + beside)
        return model
      }
      run.masksImages = images !== null && part.masks === true
      if (images && part.positionsPerRow) {
        run.positionsPerRow = true
        // Three positions for every token are made by the outer model; the blocks are given none (text_position_ids).
        run.givenPositions = run.tape.allocate(shape(dimension('0', 0)), 8, 'position_ids', 'activations')
      }
      const image = part.build(builder, images)
      const model = buildText()
      block(builder, part.approximates ? architecture.vision!.parameters + beside : beside)
      if (!images) return model
      const { beforeLayer } = image
      if (beforeLayer) {
        for (let i = 1; i <= deepLayersOf(part, architecture); i++) {
          const layer = model.layers[i]
          if (layer) Object.assign(layer, { before: (scope: Scope, stream: Tensor) => beforeLayer(scope, stream, i) })
        }
      }
      return Object.assign(model, { imageInputs: image.inputs, merge: image.merge })
    }
  }
}
