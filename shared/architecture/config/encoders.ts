import type { Architecture } from '../architecture.ts'
import type { ConfigFields } from './fields.ts'

/** configuration_bert.py, configuration_roberta.py: dropout of 0.1, a pooler. */
export const bert = (c: ConfigFields): Architecture => {
  const hiddenSize = c.size('hidden_size')
  const heads = c.size('num_attention_heads')
  const maxPositions = c.sizeOr('max_position_embeddings', 512)
  const hidden = c.numberOr('hidden_dropout_prob', 0.1)
  if (c.flag('is_decoder', false)) c.reject('is_decoder', 'BERT as a decoder')
  return {
    architecture: 'encoder',
    hiddenSize,
    layers: c.size('num_hidden_layers'),
    heads,
    kvHeads: heads,
    headDim: hiddenSize / heads,
    intermediateSize: c.size('intermediate_size'),
    vocabSize: c.size('vocab_size'),
    maxPositions,
    tiedEmbeddings: true,
    attentionBias: 'all',
    mlpBias: true,
    qkNorm: null,
    normType: 'layernorm',
    normsPerLayer: 2,
    mlpType: 'gelu',
    parallelBlock: false,
    slidingWindow: null,
    learnedPositionEmbeddings: maxPositions,
    typeVocabSize: c.sizeOr('type_vocab_size', 2),
    pooler: true,
    dropout: { embedding: hidden, attention: c.numberOr('attention_probs_dropout_prob', 0.1), residual: hidden }
  }
}

/** configuration_t5.py, configuration_mt5.py: two stacks, tied in transformers 5 unless the checkpoint has a head of its own. */
export const t5 = (c: ConfigFields): Architecture => {
  const heads = c.size('num_heads')
  const layers = c.size('num_layers')
  const gated = (c.text('feed_forward_proj') ?? 'relu').startsWith('gated')
  return {
    architecture: 'encoder-decoder',
    hiddenSize: c.size('d_model'),
    layers,
    decoderLayers: c.sizeOr('num_decoder_layers', layers),
    heads,
    kvHeads: heads,
    headDim: c.size('d_kv'),
    intermediateSize: c.size('d_ff'),
    vocabSize: c.size('vocab_size'),
    maxPositions: null,
    tiedEmbeddings: c.flag('tie_word_embeddings', true),
    attentionBias: 'none',
    mlpBias: false,
    qkNorm: null,
    normType: 'rmsnorm',
    normsPerLayer: 2,
    mlpType: gated ? 'geglu' : 'relu',
    parallelBlock: false,
    slidingWindow: null,
    relativeAttentionBuckets: c.sizeOr('relative_attention_num_buckets', 32),
    dropout: { embedding: c.numberOr('dropout_rate', 0.1), attention: c.numberOr('dropout_rate', 0.1), residual: c.numberOr('dropout_rate', 0.1) }
  }
}

/** Readers of encoders. */
export const ENCODER_READERS: Readonly<Record<string, (config: ConfigFields) => Architecture>> = { bert, 'roberta': bert, 'xlm-roberta': bert, t5, 'mt5': t5 }
