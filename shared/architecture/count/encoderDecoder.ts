import type { Architecture } from '../architecture.ts'
import { mlpMatrices } from './feedForward.ts'
import { parts, type ParameterParts } from './parts.ts'

/** T5: no biases, self attention in both stacks, cross attention in the decoder (transformers' T5Model). */
export function encoderDecoder (a: Architecture): ParameterParts {
  const h = a.hiddenSize
  const decoderLayers = a.decoderLayers ?? 0
  const attention = 4 * h * a.heads * a.headDim
  const embedding = a.vocabSize * h
  return parts({
    embedding,
    lmHead: a.tiedEmbeddings ? 0 : embedding,
    positions: 2 * (a.relativeAttentionBuckets ?? 0) * a.heads,
    attention: (a.layers + 2 * decoderLayers) * attention,
    mlp: (a.layers + decoderLayers) * mlpMatrices(a.mlpType) * h * a.intermediateSize,
    norms: (2 * a.layers + 3 * decoderLayers + 2) * h
  })
}
