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

/** Readers of encoders. */
export const ENCODER_READERS: Readonly<Record<string, (config: ConfigFields) => Architecture>> = { bert, 'roberta': bert, 'xlm-roberta': bert }
