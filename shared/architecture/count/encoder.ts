import type { Architecture } from '../architecture.ts'
import { parts, type ParameterParts } from './parts.ts'

/** BERT and RoBERTa: biases everywhere, post-LayerNorm, position and token type tables, pooler (transformers' BertModel). */
export function encoder (a: Architecture): ParameterParts {
  const h = a.hiddenSize
  const layerNorm = 2 * h
  return parts({
    embedding: a.vocabSize * h,
    positions: ((a.learnedPositionEmbeddings ?? 0) + (a.typeVocabSize ?? 0)) * h,
    attention: a.layers * 4 * (h * h + h),
    mlp: a.layers * (2 * h * a.intermediateSize + a.intermediateSize + h),
    norms: a.layers * 2 * layerNorm + layerNorm,
    other: a.pooler ? h * h + h : 0
  })
}
