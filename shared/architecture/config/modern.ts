import type { Architecture } from '../architecture.ts'
import type { ConfigFields } from './fields.ts'
import { slidingLayersOf } from './layerTypes.ts'
import { llamaLike } from './llama.ts'
import { activationOf, rotaryFraction } from './parts.ts'

/* Readers of configs whose class differs from LlamaConfig in few fields. */

const allLayers = (window: number | null): Architecture['slidingWindow'] => window === null ? null : { window, pattern: 'all layers' }
const everyNth = (window: number | null, period: number): Architecture['slidingWindow'] =>
  window === null || period < 2 ? null : { window, pattern: `${period - 1} sliding : 1 full` }

/** configuration_phi3.py: no biases; the window, where given, in all layers. */
export const phi3 = (c: ConfigFields): Architecture => ({
  ...llamaLike(c),
  attentionBias: 'none',
  mlpBias: false,
  slidingWindow: allLayers(c.sizeOr('sliding_window', null)),
  rotaryFraction: rotaryFraction(c, 1),
  dropout: { embedding: 0, attention: c.numberOr('attention_dropout', 0), residual: c.numberOr('resid_pdrop', 0) }
})

/** configuration_glm.py: heads of 128, two of them for K and V, biases on q, k and v, half of each head rotary. */
export const glm = (c: ConfigFields): Architecture => ({
  ...llamaLike(c),
  kvHeads: c.sizeOr('num_key_value_heads', 2),
  headDim: c.sizeOr('head_dim', 128),
  attentionBias: c.flag('attention_bias', true) ? 'qkv' : 'none',
  mlpBias: false,
  rotaryFraction: rotaryFraction(c, 0.5)
})

/** configuration_glm4.py: as GLM with four norms. */
export const glm4 = (c: ConfigFields): Architecture => ({ ...glm(c), normsPerLayer: 4 })

/** configuration_olmo.py: norms without weights. */
export const olmo = (c: ConfigFields): Architecture => {
  if (c.numberOr('clip_qkv', null) !== null) c.reject('clip_qkv', 'clipped q, k and v')
  return { ...llamaLike(c), mlpBias: false, normType: 'layernorm', normBias: false, normAffine: false }
}

/** configuration_olmo2.py: QK-norm over all heads. */
export const olmo2 = (c: ConfigFields): Architecture => ({ ...llamaLike(c), mlpBias: false, qkNorm: 'full' })

/** configuration_olmo3.py: three of four layers slide over 4,096 tokens. */
export const olmo3 = (c: ConfigFields): Architecture => ({
  ...olmo2(c), slidingWindow: everyNth(c.isSetOr('sliding_window', true) ? c.sizeOr('sliding_window', 4096) : null, 4), ...slidingLayersOf(c, (i) => (i + 1) % 4 !== 0)
})

/** configuration_cohere.py: tied, one LayerNorm without bias. */
export const cohere = (c: ConfigFields): Architecture => ({
  ...llamaLike(c),
  tiedEmbeddings: c.flag('tie_word_embeddings', true),
  mlpBias: false,
  qkNorm: c.flag('use_qk_norm', false) ? 'full' : null,
  normType: 'layernorm',
  normBias: false,
  normsPerLayer: 1,
  parallelBlock: true
})

/** configuration_cohere2.py: three of four layers slide over 4,096 tokens. */
export const cohere2 = (c: ConfigFields): Architecture => {
  const period = c.sizeOr('sliding_window_pattern', 4)
  return {
    ...cohere(c),
    qkNorm: null,
    slidingWindow: everyNth(c.isSetOr('sliding_window', true) ? c.sizeOr('sliding_window', 4096) : null, period),
    ...slidingLayersOf(c, (i) => (i + 1) % period !== 0)
  }
}

/** configuration_smollm3.py: tied, every fourth layer without rotary positions. */
export const smollm3 = (c: ConfigFields): Architecture => {
  const base = llamaLike(c)
  const interval = c.sizeOr('no_rope_layer_interval', 4)
  const given = c.numbers('no_rope_layers')
  const rotaryLayers = Array.from({ length: base.layers }, (_, i) => given?.[i] === undefined ? (i + 1) % interval !== 0 : given[i] !== 0)
  const window = c.flag('use_sliding_window', false) ? c.sizeOr('sliding_window', null) : null
  return {
    ...base,
    kvHeads: c.sizeOr('num_key_value_heads', 4),
    tiedEmbeddings: c.flag('tie_word_embeddings', true),
    rotaryLayers,
    ...(window === null ? {} : { slidingWindow: { window, pattern: null }, ...slidingLayersOf(c, (i) => !rotaryLayers[i]!) })
  }
}

/** configuration_exaone4.py: QK-norm; with a window three of four layers slide. */
export const exaone4 = (c: ConfigFields): Architecture => {
  const base = llamaLike(c)
  const window = c.isSetOr('sliding_window', true) ? c.sizeOr('sliding_window', 4096) : null
  const pattern = c.text('sliding_window_pattern')
  const period = pattern === null ? c.sizeOr('sliding_window_pattern', 4) : pattern.length
  return {
    ...base,
    kvHeads: c.sizeOr('num_key_value_heads', 32),
    attentionBias: 'none',
    mlpBias: false,
    qkNorm: 'head',
    slidingWindow: everyNth(window, period),
    ...(window === null ? {} : slidingLayersOf(c, (i) => pattern === null ? (i + 1) % period !== 0 : pattern[i % period] === 'L'))
  }
}

/** configuration_stablelm.py: LayerNorm with biases, a quarter of each head rotary. */
export const stablelm = (c: ConfigFields): Architecture => {
  const parallel = c.flag('use_parallel_residual', false)
  if (c.flag('qk_layernorm', false)) c.reject('qk_layernorm', 'a norm for every head')
  return {
    ...llamaLike(c),
    kvHeads: c.sizeOr('num_key_value_heads', 32),
    attentionBias: c.flag('use_qkv_bias', false) ? 'qkv' : 'none',
    mlpBias: false,
    normType: 'layernorm',
    normsPerLayer: parallel ? 1 : 2,
    parallelBlock: parallel,
    rotaryFraction: rotaryFraction(c, 0.25),
    dropout: { embedding: 0, attention: c.numberOr('attention_dropout', 0), residual: c.numberOr('hidden_dropout', 0) }
  }
}

/** configuration_arcee.py: an MLP of two layers. */
export const arcee = (c: ConfigFields): Architecture => ({ ...llamaLike(c), mlpType: activationOf(c, 'hidden_act', 'relu2') })

/** configuration_seed_oss.py: heads of 128, biases on q, k and v, dropout of 0.1. */
export const seedOss = (c: ConfigFields): Architecture => {
  const [qkv, out] = [c.flag('attention_bias', true), c.flag('attention_out_bias', false)]
  return {
    ...llamaLike(c),
    kvHeads: c.sizeOr('num_key_value_heads', 8),
    headDim: c.sizeOr('head_dim', 128),
    attentionBias: qkv && out ? 'all' : qkv ? 'qkv' : out ? 'o' : 'none',
    dropout: { embedding: 0, attention: c.numberOr('attention_dropout', 0.1), residual: c.numberOr('residual_dropout', 0.1) }
  }
}

/** configuration_hunyuan_v1_dense.py: QK-norm. */
export const hunyuanDense = (c: ConfigFields): Architecture => ({ ...llamaLike(c), mlpBias: false, qkNorm: 'head' })

/** configuration_ernie4_5.py: tied, heads of 128, two of them for K and V. */
export const ernie = (c: ConfigFields): Architecture => {
  const bias = c.flag('use_bias', false)
  return {
    ...llamaLike(c),
    kvHeads: c.sizeOr('num_key_value_heads', 2),
    headDim: c.sizeOr('head_dim', 128),
    tiedEmbeddings: c.flag('tie_word_embeddings', true),
    attentionBias: bias ? 'all' : 'none',
    mlpBias: bias
  }
}

/** configuration_apertus.py: QK-norm, xIELU with two values per layer. */
export const apertus = (c: ConfigFields): Architecture => ({ ...llamaLike(c), qkNorm: 'head', mlpType: 'xielu', extraPerLayer: 2 })
