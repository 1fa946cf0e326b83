import type { Architecture } from '../architecture.ts'
import type { ConfigFields } from './fields.ts'
import { activationOf, rotaryFraction } from './parts.ts'

/** Decoders with LayerNorm, biases everywhere and an MLP of two layers: what the older configuration classes describe. */
function gptLike (c: ConfigFields, names: { hidden: string, layers: string, heads: string, positions: string }): Architecture {
  const hiddenSize = c.size(names.hidden)
  const heads = c.size(names.heads)
  return {
    architecture: 'decoder',
    hiddenSize,
    layers: c.size(names.layers),
    heads,
    kvHeads: heads,
    headDim: hiddenSize / heads,
    intermediateSize: 4 * hiddenSize,
    vocabSize: c.size('vocab_size'),
    maxPositions: c.sizeOr(names.positions, null),
    tiedEmbeddings: c.flag('tie_word_embeddings', true),
    attentionBias: 'all',
    mlpBias: true,
    qkNorm: null,
    normType: 'layernorm',
    normsPerLayer: 2,
    mlpType: 'gelu',
    parallelBlock: false,
    slidingWindow: null
  }
}

const GPT_NAMES = { hidden: 'n_embd', layers: 'n_layer', heads: 'n_head', positions: 'n_positions' }
const PLAIN_NAMES = { hidden: 'hidden_size', layers: 'num_hidden_layers', heads: 'num_attention_heads', positions: 'max_position_embeddings' }

/** configuration_gpt_neox.py: untied, attention and MLP in parallel, a quarter of each head rotary (`rotary_pct`). */
export const gptNeox = (c: ConfigFields): Architecture => ({
  ...gptLike(c, PLAIN_NAMES),
  intermediateSize: c.size('intermediate_size'),
  tiedEmbeddings: c.flag('tie_word_embeddings', false),
  attentionBias: c.flag('attention_bias', true) ? 'all' : 'none',
  parallelBlock: c.flag('use_parallel_residual', true),
  rotaryFraction: rotaryFraction(c, 0.25, 'rotary_pct'),
  dropout: { embedding: c.numberOr('hidden_dropout', 0), attention: c.numberOr('attention_dropout', 0), residual: c.numberOr('hidden_dropout', 0) }
})

/** configuration_gpt2.py: learned positions, dropout of 0.1 everywhere. */
export const gpt2 = (c: ConfigFields): Architecture => {
  const base = gptLike(c, c.sizeOr('n_embd', null) === null ? PLAIN_NAMES : { ...GPT_NAMES, layers: c.sizeOr('n_layer', null) === null ? 'num_hidden_layers' : 'n_layer' })
  const layers = c.sizeOr('num_hidden_layers', base.layers)
  const maxPositions = base.maxPositions ?? 1024
  if (c.flag('reorder_and_upcast_attn', false)) c.reject('reorder_and_upcast_attn', 'attention in fp32')
  if (c.flag('add_cross_attention', false)) c.reject('add_cross_attention', 'cross attention')
  return {
    ...base,
    layers,
    maxPositions,
    intermediateSize: c.sizeOr('n_inner', 4 * base.hiddenSize),
    learnedPositionEmbeddings: maxPositions,
    dropout: { embedding: c.numberOr('embd_pdrop', 0.1), attention: c.numberOr('attn_pdrop', 0.1), residual: c.numberOr('resid_pdrop', 0.1) }
  }
}

/** configuration_gpt_bigcode.py: as GPT-2 with one head for K and V. */
export const gptBigCode = (c: ConfigFields): Architecture => {
  const base = gpt2(c)
  return { ...base, kvHeads: c.flag('multi_query', true) ? 1 : base.heads }
}

/** configuration_opt.py: learned positions with two more rows, dropout of 0.1. */
export const opt = (c: ConfigFields): Architecture => {
  const base = gptLike(c, PLAIN_NAMES)
  const [after, width] = [!c.flag('do_layer_norm_before', true), c.sizeOr('word_embed_proj_dim', base.hiddenSize)]
  const bias = c.flag('enable_bias', true)
  return {
    ...base,
    intermediateSize: c.size('ffn_dim'),
    attentionBias: bias ? 'all' : 'none',
    mlpBias: bias,
    mlpType: activationOf(c, 'activation_function', 'relu'),
    ...(after ? { postNorm: true, finalNorm: false } : c.flag('_remove_final_layer_norm', false) ? { finalNorm: false } : {}),
    ...(width === base.hiddenSize ? {} : { embeddingSize: width, extraParameters: [{ what: 'project_in and project_out', parameters: 2 * width * base.hiddenSize }] }),
    learnedPositionEmbeddings: (base.maxPositions ?? 2048) + 2,
    normAffine: c.flag('layer_norm_elementwise_affine', true),
    dropout: { embedding: 0, attention: c.numberOr('attention_dropout', 0), residual: c.numberOr('dropout', 0.1) }
  }
}

/** configuration_falcon.py: tied, biases only where the config says so; the newer block has two norms side by side. */
export const falcon = (c: ConfigFields): Architecture => {
  const base = gptLike(c, { ...PLAIN_NAMES, hidden: c.sizeOr('n_embed', null) === null ? 'hidden_size' : 'n_embed' })
  const newer = c.flag('new_decoder_architecture', false)
  const parallel = newer || c.flag('parallel_attn', true)
  const bias = c.flag('bias', false)
  const kvHeads = newer ? c.sizeOr('num_kv_heads', base.heads) : c.flag('multi_query', true) ? 1 : base.heads
  return {
    ...base,
    kvHeads,
    intermediateSize: c.sizeOr('ffn_hidden_size', 4 * base.hiddenSize),
    attentionBias: bias ? 'all' : 'none',
    mlpBias: bias,
    normsPerLayer: newer ? c.sizeOr('num_ln_in_parallel_attn', 2) : parallel ? 1 : 2,
    parallelBlock: parallel,
    ...(c.flag('alibi', false) ? { positionEncoding: 'alibi' as const } : {})
  }
}

/** configuration_phi.py: untied, a bias on the head too, one norm, half of each head rotary. */
export const phi = (c: ConfigFields): Architecture => {
  const base = gptLike(c, PLAIN_NAMES)
  return {
    ...base,
    kvHeads: c.sizeOr('num_key_value_heads', base.heads),
    intermediateSize: c.size('intermediate_size'),
    tiedEmbeddings: c.flag('tie_word_embeddings', false),
    qkNorm: c.flag('qk_layernorm', false) ? 'head_ln' : null,
    normsPerLayer: 1,
    parallelBlock: true,
    lmHeadBias: true,
    rotaryFraction: rotaryFraction(c, 0.5),
    dropout: { embedding: c.numberOr('embd_pdrop', 0), attention: c.numberOr('attention_dropout', 0), residual: c.numberOr('resid_pdrop', 0) }
  }
}

/** configuration_starcoder2.py: tied, grouped heads, biases, windows where one is given. */
export const starcoder2 = (c: ConfigFields): Architecture => {
  const base = gptLike(c, PLAIN_NAMES)
  const bias = c.flag('use_bias', true)
  const window = c.sizeOr('sliding_window', null)
  return {
    ...base,
    kvHeads: c.sizeOr('num_key_value_heads', 2),
    headDim: c.sizeOr('head_dim', base.headDim),
    intermediateSize: c.size('intermediate_size'),
    attentionBias: bias ? 'all' : 'none',
    mlpBias: bias,
    slidingWindow: window === null ? null : { window, pattern: 'all layers' },
    dropout: { embedding: c.numberOr('embedding_dropout', 0), attention: c.numberOr('attention_dropout', 0), residual: c.numberOr('residual_dropout', 0) }
  }
}

/** configuration_nemotron.py: LayerNorm, squared ReLU, half of each head rotary. */
export const nemotron = (c: ConfigFields): Architecture => {
  const base = gptLike(c, PLAIN_NAMES)
  return {
    ...base,
    kvHeads: c.sizeOr('num_key_value_heads', base.heads),
    headDim: c.sizeOr('head_dim', base.headDim),
    intermediateSize: c.size('intermediate_size'),
    tiedEmbeddings: c.flag('tie_word_embeddings', false),
    attentionBias: c.flag('attention_bias', false) ? 'all' : 'none',
    mlpBias: c.flag('mlp_bias', false),
    mlpType: activationOf(c, 'hidden_act', 'relu2'),
    rotaryFraction: rotaryFraction(c, 0.5)
  }
}

/** configuration_bloom.py: tied, ALiBi, a norm over the embedding. */
export const bloom = (c: ConfigFields): Architecture => {
  const names = { hidden: either(c, 'hidden_size', 'n_embed'), layers: either(c, 'num_hidden_layers', 'n_layer'), heads: either(c, 'num_attention_heads', 'n_head'), positions: 'seq_length' }
  if (c.flag('apply_residual_connection_post_layernorm', false)) c.reject('apply_residual_connection_post_layernorm', 'residuals after the norms')
  return {
    ...gptLike(c, names),
    positionEncoding: 'alibi',
    embeddingNorm: true,
    dropout: { embedding: 0, attention: c.numberOr('attention_dropout', 0), residual: c.numberOr('hidden_dropout', 0) }
  }
}

/** configuration_gptj.py: untied, a bias on the head, part of each head rotary, biases in the MLP only. */
export const gptJ = (c: ConfigFields): Architecture => {
  const names = { hidden: either(c, 'hidden_size', 'n_embd'), layers: either(c, 'num_hidden_layers', 'n_layer'), heads: either(c, 'num_attention_heads', 'n_head'), positions: either(c, 'max_position_embeddings', 'n_positions') }
  const base = gptLike(c, names)
  return {
    ...base,
    maxPositions: base.maxPositions ?? 2048,
    intermediateSize: c.sizeOr('n_inner', 4 * base.hiddenSize),
    tiedEmbeddings: c.flag('tie_word_embeddings', false),
    attentionBias: 'none',
    normsPerLayer: 1,
    parallelBlock: true,
    lmHeadBias: true,
    rotaryFraction: c.sizeOr('rotary_dim', 64) / base.headDim,
    dropout: { embedding: c.numberOr('embd_pdrop', 0), attention: c.numberOr('attn_pdrop', 0), residual: c.numberOr('resid_pdrop', 0) }
  }
}

/** configuration_gpt_neo.py: learned positions, a bias only on the output of attention. */
export const gptNeo = (c: ConfigFields): Architecture => {
  const names = { hidden: 'hidden_size', layers: either(c, 'num_hidden_layers', 'num_layers'), heads: either(c, 'num_attention_heads', 'num_heads'), positions: 'max_position_embeddings' }
  const base = gptLike(c, names)
  const maxPositions = base.maxPositions ?? 2048
  return {
    ...base,
    maxPositions,
    intermediateSize: c.sizeOr('intermediate_size', 4 * base.hiddenSize),
    attentionBias: 'o',
    learnedPositionEmbeddings: maxPositions,
    dropout: { embedding: c.numberOr('embed_dropout', 0), attention: c.numberOr('attention_dropout', 0), residual: c.numberOr('resid_dropout', 0) }
  }
}

/** configuration_mpt.py: tied, ALiBi, no biases; the MLP is four times as wide whatever expansion_ratio says. */
export const mpt = (c: ConfigFields): Architecture => {
  const names = { hidden: either(c, 'hidden_size', 'd_model'), layers: either(c, 'num_hidden_layers', 'n_layers'), heads: either(c, 'num_attention_heads', 'n_heads'), positions: 'max_seq_len' }
  const settings = c.nested('attn_config')
  if (settings.numberOr('clip_qkv', null) !== null) c.reject('attn_config.clip_qkv', 'clipped q, k and v')
  if (settings.numberOr('attn_pdrop', 0) > 0) c.reject('attn_config.attn_pdrop', 'dropout in MPT')
  const base = gptLike(c, names)
  return { ...base, maxPositions: base.maxPositions ?? 2048, attentionBias: 'none', mlpBias: false, normBias: false, positionEncoding: 'alibi' }
}

/** The first of two names that a config may have a field under, else the second. */
const either = (c: ConfigFields, name: string, otherwise: string): string => c.sizeOr(name, null) === null ? otherwise : name
