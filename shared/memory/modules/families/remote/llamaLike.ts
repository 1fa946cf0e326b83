import type { Architecture } from '../../../../architecture/architecture.ts'
import { attention, fusedGatedMlp, gatedMlp, wholeHeads } from '../dense/common.ts'
import { denseFamily, type DenseSpec } from '../dense/index.ts'
import type { Family } from '../family.ts'

/* Models whose modeling file comes with their checkpoint: the nearest block of transformers, with a margin for what differs. */

const orion = (a: Architecture): DenseSpec => ({
  norm: 'layer-norm', order: 'pre', attention: attention(a, { rotary: wholeHeads }), mlp: gatedMlp(a), head: {}
})

/** Orion 14B: Llama's block with LayerNorm. */
export const orionFamily: Family = {
  ...denseFamily(['orion'], 'llama/modeling_llama.py', orion), approximates: { block: 'Llama', norm: 'LayerNorm', share: 0.1 }
}

const telechat = (a: Architecture): DenseSpec => ({
  norm: 'rms',
  order: 'pre',
  attention: attention(a, { layout: 'query-and-pair', projections: ['query', 'key_value'], out: 'dense', rotary: wholeHeads }),
  mlp: { ...gatedMlp(a), downBias: true },
  head: {}
})

/** TeleChat 2: one layer for q, one for k and v, biases on the output projections. */
export const telechatFamily: Family = {
  ...denseFamily(['telechat'], 'llama/modeling_llama.py', telechat), approximates: { block: 'Llama', norm: 'RMSNorm', share: 0.1 }
}

const phi3Small = (a: Architecture): DenseSpec => ({
  norm: 'layer-norm',
  order: 'pre',
  attention: attention(a, { layout: 'split', projections: ['query_key_value'], out: 'dense', rotary: wholeHeads }),
  mlp: { ...fusedGatedMlp(a), up: ['up_proj'], activation: 'gelu' },
  head: {}
})

/** Phi-3-small: its block-sparse kernel keeps what FlashAttention keeps; GEGELU clamps both halves, which the margin allows for. */
export const phi3SmallFamily: Family = {
  ...denseFamily(['phi3small'], 'phi3/modeling_phi3.py', phi3Small), approximates: { block: 'Phi-3', norm: 'LayerNorm', share: 0.3 }
}
