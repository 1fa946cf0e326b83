import type { Architecture } from '../architecture.ts'
import type { MixtureOfExperts, SharedExperts } from '../mixtureOfExperts.ts'
import type { ConfigFields } from './fields.ts'
import { slidingLayersOf } from './layerTypes.ts'
import { llamaLike } from './llama.ts'
import { rotaryFraction } from './parts.ts'

/** The first of the names that the config has; transformers' attribute_map makes them mean the same. */
export function sizeOfAny (c: ConfigFields, names: readonly [string, ...string[]], otherwise: number | null = null): number {
  const given = names.find((name) => c.sizeOr(name, null) !== null)
  return otherwise === null ? c.size(given ?? names[0]) : c.sizeOr(given ?? names[0], otherwise)
}

/** A number of shared experts as one MLP; null for none. */
export const sharedExperts = (count: number, width: number, gate = false): SharedExperts | null =>
  count === 0 || width === 0 ? null : { count, intermediateSize: count * width, gate }

export const experts = (own: Partial<MixtureOfExperts> & Pick<MixtureOfExperts, 'experts' | 'expertsPerToken' | 'intermediateSize'>): MixtureOfExperts =>
  ({ sharedExperts: null, denseFirst: 0, everyNth: 1, routerBias: false, ...own })

const EXPERTS = ['num_experts', 'num_local_experts', 'n_routed_experts'] as const

/** configuration_qwen3_moe.py: every nth layer has experts, but those named in mlp_only_layers. */
export const qwen3Moe = (c: ConfigFields): Architecture => ({
  ...llamaLike(c),
  kvHeads: c.sizeOr('num_key_value_heads', 4),
  qkNorm: 'head',
  slidingWindow: qwenWindow(c),
  moe: qwenExperts(c, { experts: 128, perToken: 8, width: 768 })
})

/** configuration_qwen2_moe.py: biases on q, k and v, and a gated shared expert. */
export const qwen2Moe = (c: ConfigFields): Architecture => {
  const slides = c.flag('use_sliding_window', false)
  const untilLayer = c.sizeOr('max_window_layers', 28)
  return {
    ...llamaLike(c),
    kvHeads: c.sizeOr('num_key_value_heads', 16),
    attentionBias: c.flag('qkv_bias', true) ? 'qkv' : 'none',
    // Without windows the configuration class makes the window 0, and the model still makes the mask for it.
    slidingWindow: slides ? qwenWindow(c) : { window: 0, pattern: null },
    ...(slides ? slidingLayersOf(c, (i) => i % 2 === 0 && i < untilLayer) : {}),
    moe: {
      ...qwenExperts(c, { experts: 60, perToken: 4, width: 1408 }),
      sharedExperts: { count: null, intermediateSize: c.sizeOr('shared_expert_intermediate_size', 5632), gate: true }
    }
  }
}

function qwenWindow (c: ConfigFields): Architecture['slidingWindow'] {
  return c.flag('use_sliding_window', false) ? { window: c.sizeOr('sliding_window', 4096), pattern: 'all layers' } : null
}

function qwenExperts (c: ConfigFields, usual: { experts: number, perToken: number, width: number }): MixtureOfExperts {
  const denseLayers = c.numbers('mlp_only_layers') ?? []
  return experts({
    experts: sizeOfAny(c, EXPERTS, usual.experts),
    expertsPerToken: c.sizeOr('num_experts_per_tok', usual.perToken),
    intermediateSize: c.sizeOr('moe_intermediate_size', usual.width),
    everyNth: c.sizeOr('decoder_sparse_step', 1),
    ...(denseLayers.length > 0 ? { denseLayers } : {}),
    routing: { normalizes: c.flag('norm_topk_prob', false) }
  })
}

/** configuration_mixtral.py: intermediate_size is the experts' own. */
export function mixtral (c: ConfigFields): Architecture {
  const window = c.sizeOr('sliding_window', null)
  return {
    ...llamaLike(c),
    kvHeads: c.sizeOr('num_key_value_heads', 8),
    attentionBias: 'none',
    slidingWindow: window === null ? null : { window, pattern: 'all layers' },
    moe: expertsOfLlamaWidth(c, 8, 2)
  }
}

function expertsOfLlamaWidth (c: ConfigFields, usualExperts: number, usualPerToken: number): MixtureOfExperts {
  return experts({
    experts: sizeOfAny(c, EXPERTS, usualExperts),
    expertsPerToken: c.sizeOr('num_experts_per_tok', usualPerToken),
    intermediateSize: c.size('intermediate_size')
  })
}

/** configuration_olmoe.py: QK-norm over all heads. */
export const olmoe = (c: ConfigFields): Architecture => ({
  ...llamaLike(c), qkNorm: 'full', moe: { ...expertsOfLlamaWidth(c, 64, 8), routing: { normalizes: c.flag('norm_topk_prob', false) } }
})

/** configuration_flex_olmo.py */
export const flexOlmo = (c: ConfigFields): Architecture => ({
  ...llamaLike(c), qkNorm: 'full', moe: { ...expertsOfLlamaWidth(c, 7, 5), routing: { normalizes: c.flag('norm_topk_prob', false) } }
})

/** configuration_granitemoe.py and configuration_granitemoeshared.py */
export const graniteMoe = (c: ConfigFields): Architecture => ({
  ...llamaLike(c),
  moe: { ...expertsOfLlamaWidth(c, 8, 2), sharedExperts: sharedExperts(1, c.sizeOr('shared_intermediate_size', 0)) }
})

/** configuration_hunyuan_v1_moe.py: the shared MLP is as wide as an expert. */
export const hunyuanMoe = (c: ConfigFields): Architecture => {
  const moe = expertsOfLlamaWidth(c, 1, 1)
  return {
    ...llamaLike(c),
    qkNorm: 'head',
    moe: { ...moe, expertsPerToken: sizeOfAny(c, ['moe_topk', 'num_experts_per_tok'], 1), sharedExperts: sharedExperts(1, moe.intermediateSize) }
  }
}

/** configuration_minimax_m2.py: intermediate_size is the experts' own. */
export const minimaxM2 = (c: ConfigFields): Architecture => {
  const headDim = c.sizeOr('head_dim', 128)
  const turned = c.sizeOr('rotary_dim', null)
  return {
    ...llamaLike(c),
    headDim,
    qkNorm: 'full',
    rotaryFraction: turned === null ? rotaryFraction(c, 1) : turned / headDim,
    moe: { ...expertsOfLlamaWidth(c, 256, 8), routerBias: true }
  }
}

/** configuration_ernie4_5_moe.py: layers with experts from a start to an end, every nth of the whole stack. */
export const ernieMoe = (c: ConfigFields): Architecture => {
  const layers = c.sizeOr('num_hidden_layers', 28)
  const last = c.numberOr('moe_layer_end_index', -1)
  const width = c.sizeOr('moe_intermediate_size', 1536)
  const denseLayers = last === -1 ? [] : Array.from({ length: Math.max(0, layers - 1 - last) }, (_, i) => last + 1 + i)
  const bias = c.flag('use_bias', false)
  return {
    ...llamaLike(c),
    tiedEmbeddings: c.flag('tie_word_embeddings', true),
    attentionBias: bias ? 'all' : 'none',
    mlpBias: bias,
    lmHeadBias: bias,
    moe: experts({
      experts: sizeOfAny(c, ['moe_num_experts', 'num_experts'], 64),
      expertsPerToken: sizeOfAny(c, ['moe_k', 'num_experts_per_tok'], 6),
      intermediateSize: width,
      sharedExperts: sharedExperts(c.sizeOr('moe_num_shared_experts', 2), width),
      denseFirst: c.sizeOr('moe_layer_start_index', 1),
      everyNth: c.sizeOr('moe_layer_interval', 1),
      routerBias: true,
      ...(denseLayers.length > 0 ? { denseLayers } : {})
    })
  }
}

/** configuration_gpt_oss.py: every second layer slides, the first one first; biases and sinks everywhere. */
export const gptOss = (c: ConfigFields): Architecture => ({
  ...llamaLike(c),
  headDim: c.sizeOr('head_dim', 64),
  attentionBias: c.flag('attention_bias', true) ? 'all' : 'none',
  attnSinks: true,
  slidingWindow: { window: c.sizeOr('sliding_window', 128), pattern: '1 sliding : 1 full' },
  ...slidingLayersOf(c, (i) => i % 2 === 0),
  moe: { ...expertsOfLlamaWidth(c, 128, 4), routerBias: true, expertBias: true }
})

/** configuration_phimoe.py: LayerNorm; intermediate_size is the experts' own. */
export function phiMoe (c: ConfigFields): Architecture {
  const window = c.sizeOr('sliding_window', null)
  return {
    ...llamaLike(c),
    kvHeads: c.sizeOr('num_key_value_heads', 8),
    normType: 'layernorm',
    lmHeadBias: c.flag('lm_head_bias', false),
    slidingWindow: window === null ? null : { window, pattern: 'all layers' },
    moe: expertsOfLlamaWidth(c, 16, 2)
  }
}
