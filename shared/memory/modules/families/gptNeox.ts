import type { Architecture } from '../../../architecture/architecture.ts'
import { attention, partOfHeads, plainMlp } from './dense/common.ts'
import { denseFamily, type DenseSpec } from './dense/index.ts'

const gptNeox = (a: Architecture): DenseSpec => ({
  norm: 'layer-norm',
  order: a.parallelBlock ? 'parallel-two-norms' : 'pre',
  attention: attention(a, {
    layout: 'split',
    projections: ['query_key_value'],
    out: 'dense',
    rotary: partOfHeads(a.rotaryFraction ?? 0.25)
  }),
  mlp: plainMlp(a, 'dense_h_to_4h', 'dense_4h_to_h', 'gelu'),
  ...(a.dropout ? { dropout: a.dropout } : {}),
  head: {}
})

/** GPT-NeoX and Pythia: attention and MLP side by side, one layer for q, k and v, a quarter of each head turned. */
export const gptNeoxFamily = denseFamily(['gpt_neox'], 'gpt_neox/modeling_gpt_neox.py', gptNeox)
