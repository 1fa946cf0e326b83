import type { Architecture } from '../architecture.ts'
import type { LayerGroup } from '../layerGroup.ts'
import type { MixtureOfExperts } from '../mixtureOfExperts.ts'
import type { ConfigFields } from './fields.ts'
import { llamaLike } from './llama.ts'
import { slidingLayersOf } from './layerTypes.ts'

/** configuration_gemma.py: embeddings tied and heads of 256 unless said otherwise. */
export const gemma = (c: ConfigFields): Architecture => ({
  ...llamaLike(c),
  kvHeads: c.sizeOr('num_key_value_heads', 16),
  headDim: c.sizeOr('head_dim', 256),
  tiedEmbeddings: c.flag('tie_word_embeddings', true),
  mlpBias: false,
  mlpType: 'geglu'
})

/** configuration_gemma2.py: every second layer slides over 4,096 tokens, the first one first; soft-caps of 50 and 30. */
export const gemma2 = (c: ConfigFields): Architecture => ({
  ...gemma(c),
  kvHeads: c.sizeOr('num_key_value_heads', 4),
  normsPerLayer: 4,
  slidingWindow: { window: c.sizeOr('sliding_window', 4096), pattern: 'alternating 1 sliding : 1 full' },
  ...slidingLayersOf(c, (i) => i % 2 === 0),
  softcaps: { attention: c.isSetOr('attn_logit_softcapping', true), logits: c.isSetOr('final_logit_softcapping', true) }
})

/** configuration_gemma3.py Gemma3TextConfig: five of six layers slide, QK-norm, no soft-caps by default. */
export const gemma3Text = (c: ConfigFields): Architecture => {
  const period = c.sizeOr('sliding_window_pattern', 6)
  return {
    ...gemma(c),
    kvHeads: c.sizeOr('num_key_value_heads', 4),
    normsPerLayer: 4,
    qkNorm: 'head',
    slidingWindow: { window: c.sizeOr('sliding_window', 4096), pattern: `${period - 1} sliding : 1 full` },
    ...slidingLayersOf(c, (i) => (i + 1) % period !== 0),
    softcaps: { attention: false, logits: c.isSetOr('final_logit_softcapping', false) }
  }
}

/**
 * configuration_gemma4.py Gemma4TextConfig: five of six layers slide and the last is global; global layers have wider heads; the
 * last layers may use the keys of earlier ones, and every layer may have an embedding of its own.
 */
export const gemma4Text = (c: ConfigFields): Architecture => {
  const base = gemma3Text(c)
  const { layers, hiddenSize: h, headDim } = base
  const slidingLayers = base.slidingLayers!.map((slides, i) => slides && i < layers - 1)
  const shared = c.sizeOr('num_kv_shared_layers', 0)
  const kEqV = c.flag('attention_k_eq_v', false)
  const wide = { headDim: c.sizeOr('global_head_dim', 512), kvHeads: (kEqV ? c.sizeOr('num_global_key_value_heads', null) : null) ?? base.kvHeads, kEqV }
  const size = c.sizeOr('hidden_size_per_layer_input', 256)
  const mixes = c.flag('enable_moe_block', false)
  const group = (sliding: boolean, borrows: boolean): LayerGroup => ({
    count: slidingLayers.filter((slides, i) => slides === sliding && (i >= layers - shared) === borrows).length,
    mixer: 'attention',
    ffn: mixes ? 'moe' : 'mlp',
    attention: sliding ? 'sliding' : 'full',
    ...(sliding ? { headDim } : wide),
    ...(borrows ? { kvShared: true, ...(c.flag('use_double_wide_mlp', false) ? { intermediateSize: 2 * base.intermediateSize } : {}) } : {})
  })
  return {
    ...base,
    slidingWindow: { window: c.sizeOr('sliding_window', 512), pattern: null },
    slidingLayers,
    layerGroups: [group(true, false), group(false, false), group(true, true), group(false, true)].filter(({ count }) => count > 0),
    softcaps: { attention: false, logits: c.numberOr('final_logit_softcapping', null) !== null },
    ...(size > 0 ? perLayerParameters(h, layers, size, c.sizeOr('vocab_size_per_layer_input', 262144)) : mixes ? { extraPerLayer: 3 * h } : {}),
    ...(mixes ? { moe: gemma4Experts(c, base) } : {})
  }
}

/** Experts beside the dense MLP; a scale per channel and one per expert in the router. */
const gemma4Experts = (c: ConfigFields, { hiddenSize, intermediateSize }: Architecture): MixtureOfExperts => {
  const experts = c.sizeOr('num_experts', 128)
  return {
    experts,
    expertsPerToken: c.sizeOr('top_k_experts', 8),
    intermediateSize: c.sizeOr('moe_intermediate_size', 704),
    sharedExperts: null,
    denseFirst: 0,
    everyNth: 1,
    routerBias: false,
    routerExtra: hiddenSize + experts,
    denseParallelIntermediateSize: intermediateSize
  }
}

/** Parameters of embeddings per layer: in each layer a gate, a projection and a norm; outside the table, a projection and its norm. */
const perLayerParameters = (h: number, layers: number, size: number, rows: number): Pick<Architecture, 'extraPerLayer' | 'extraParameters'> => ({
  extraPerLayer: 2 * h * size + h,
  extraParameters: [
    { what: 'per-layer input embeddings', parameters: rows * layers * size },
    { what: 'per_layer_model_projection and its norm', parameters: layers * size * h + size }
  ]
})

/**
 * configuration_gemma3n.py Gemma3nTextConfig: four of five layers slide, the last ones borrow keys, every layer has an embedding of its
 * own, four parallel streams. `intermediate_size` may be a list of equal numbers.
 */
export const gemma3nText = (c: ConfigFields): Architecture => {
  const width = c.numbers('intermediate_size')?.[0]
  const base = gemma3Text(width === undefined ? c : c.with('intermediate_size', width))
  const { layers, hiddenSize: h } = base
  const [streams, rank] = [c.sizeOr('altup_num_inputs', 4), c.sizeOr('laurel_rank', 64)]
  const sparsity = c.numbers('activation_sparsity_pattern')
  const { extraPerLayer = 0, extraParameters = [] } = perLayerParameters(h, layers, c.sizeOr('hidden_size_per_layer_input', 256), c.sizeOr('vocab_size_per_layer_input', 262144))
  return {
    ...base,
    kvHeads: c.sizeOr('num_key_value_heads', 2),
    slidingWindow: { window: c.sizeOr('sliding_window', 512), pattern: null },
    ...slidingLayersOf(c, (i) => (i + 1) % 5 !== 0),
    softcaps: { attention: false, logits: c.isSetOr('final_logit_softcapping', true) },
    altUp: {
      streams,
      laurelRank: rank,
      sparseLayers: Array.from({ length: layers }, (_, i) => sparsity ? (sparsity[i] ?? 0) > 0 : layers > 10 && i < 10),
      borrowingLayers: c.sizeOr('num_kv_shared_layers', 15)
    },
    // Router with its norm and scale, coefficients of prediction and correction; the learned residual with its norm.
    extraPerLayer: extraPerLayer + (streams + 2) * h + streams ** 3 + streams ** 2 + 2 * h * rank + h,
    extraParameters: [...extraParameters, { what: 'altup projections and unembed projections', parameters: 2 * (streams - 1) * h * h }]
  }
}

/** configuration_muse_glimmer.py MuseGlimmerTextConfig: counted from the end, every fourth layer is global and without rotary positions. */
export const museText = (c: ConfigFields): Architecture => {
  const base = llamaLike(c)
  return {
    ...base,
    kvHeads: c.sizeOr('num_key_value_heads', 2),
    headDim: c.sizeOr('head_dim', 128),
    normsPerLayer: 4,
    attnOutputGate: 'elementwise',
    slidingWindow: { window: c.sizeOr('sliding_window', 2048), pattern: null },
    ...slidingLayersOf(c, (i) => (base.layers - 1 - i) % 4 !== 0)
  }
}
