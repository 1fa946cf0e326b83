import type { Architecture } from '../architecture.ts'
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
