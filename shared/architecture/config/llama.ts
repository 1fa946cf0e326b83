import type { Architecture } from '../architecture.ts'
import type { ConfigFields } from './fields.ts'
import { slidingLayersOf } from './layerTypes.ts'

/** The fields that most decoder configs share, with the defaults of transformers' LlamaConfig. */
export function llamaLike (c: ConfigFields): Architecture {
  const hiddenSize = c.size('hidden_size')
  const heads = c.size('num_attention_heads')
  return {
    architecture: 'decoder',
    hiddenSize,
    layers: c.size('num_hidden_layers'),
    heads,
    kvHeads: c.sizeOr('num_key_value_heads', heads),
    headDim: c.sizeOr('head_dim', hiddenSize / heads),
    intermediateSize: c.size('intermediate_size'),
    vocabSize: c.size('vocab_size'),
    maxPositions: c.sizeOr('max_position_embeddings', null),
    tiedEmbeddings: c.flag('tie_word_embeddings', false),
    attentionBias: c.flag('attention_bias', false) ? 'all' : 'none',
    mlpBias: c.flag('mlp_bias', false),
    qkNorm: null,
    normType: 'rmsnorm',
    normsPerLayer: 2,
    mlpType: 'swiglu',
    parallelBlock: false,
    slidingWindow: null
  }
}

/** configuration_mistral.py: every layer slides over 4,096 tokens, unless the window is null. */
export function mistral (c: ConfigFields): Architecture {
  const window = c.isSetOr('sliding_window', true) ? c.sizeOr('sliding_window', 4096) : null
  return { ...llamaLike(c), attentionBias: 'none', slidingWindow: window === null ? null : { window, pattern: 'all layers' } }
}

/** use_sliding_window with max_window_layers: the layers from that one on slide. Qwen 2 and 3 alike. */
function qwenWindow (c: ConfigFields): Pick<Architecture, 'slidingWindow' | 'slidingLayers'> {
  const window = c.flag('use_sliding_window', false) && c.isSetOr('sliding_window', true) ? c.sizeOr('sliding_window', 4096) : null
  if (window === null) return { slidingWindow: null }
  const first = c.sizeOr('max_window_layers', 28)
  return { slidingWindow: { window, pattern: null }, ...slidingLayersOf(c, (i) => i >= first) }
}

/** configuration_qwen2.py: biases on q, k and v, whatever the config says. */
export const qwen2 = (c: ConfigFields): Architecture => ({ ...llamaLike(c), attentionBias: 'qkv', mlpBias: false, ...qwenWindow(c) })

/** configuration_qwen3.py: RMSNorm on q and k; head_dim 128 when it is not given. */
export const qwen3 = (c: ConfigFields): Architecture => ({
  ...llamaLike(c), headDim: c.sizeOr('head_dim', 128), mlpBias: false, qkNorm: 'head', ...qwenWindow(c)
})

/** configuration_mllama.py MllamaTextConfig: the layers that attend to the image are listed. */
export const mllamaText = (c: ConfigFields): Architecture => {
  const base = llamaLike(c)
  const cross = new Set(c.numbers('cross_attention_layers') ?? [3, 8, 13, 18, 23, 28, 33, 38])
  const layerSequence = Array.from({ length: base.layers }, (_, i) => cross.has(i) ? 1 : 0)
  const count = (group: number): number => layerSequence.filter((g) => g === group).length
  return {
    ...base,
    kvHeads: c.sizeOr('num_key_value_heads', 8),
    layerGroups: [{ count: count(0), mixer: 'attention', ffn: 'mlp' }, { count: count(1), mixer: 'attention', ffn: 'mlp', qkNorm: 'head', extraPerLayer: 2, attention: 'cross' }],
    layerSequence,
    extraParameters: [{ what: '8 extra embedding rows', parameters: 8 * base.hiddenSize }]
  }
}
