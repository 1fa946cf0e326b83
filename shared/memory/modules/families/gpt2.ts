import type { Architecture } from '../../../architecture/architecture.ts'
import type { Family } from './family.ts'
import { attention, plainMlp } from './dense/common.ts'
import { denseFamily, type DenseSpec } from './dense/index.ts'

/** GPT2Config and OPTConfig train with dropout unless told otherwise. */
const gpt2 = (a: Architecture): DenseSpec => {
  const dropout = a.dropout ?? { embedding: 0.1, attention: 0.1, residual: 0.1 }
  return {
    norm: 'layer-norm',
    order: 'pre',
    attention: attention(a, { layout: 'split', projections: ['c_attn'], out: 'c_proj', narrowSoftmax: true, dropout: dropout.attention }),
    mlp: plainMlp(a, 'c_fc', 'c_proj', 'gelu-python'),
    positions: { rows: a.learnedPositionEmbeddings ?? a.maxPositions ?? 1024, perSequence: false },
    dropout,
    head: {}
  }
}

const opt = (a: Architecture): DenseSpec => ({
  norm: 'layer-norm',
  order: a.postNorm ? 'post-sum' : 'pre',
  ...(a.embeddingSize ? { embeddingWidth: a.embeddingSize } : {}),
  finalNorm: a.finalNorm ?? true,
  attention: attention(a, { out: 'out_proj', scalesQuery: true, dropout: a.dropout?.attention ?? 0 }),
  mlp: plainMlp(a, 'fc1', 'fc2', 'relu'),
  positions: { rows: a.learnedPositionEmbeddings ?? (a.maxPositions ?? 2048) + 2, perSequence: true },
  dropout: { embedding: 0, residual: a.dropout?.residual ?? 0.1 },
  head: {}
})

const gptBigCode = (a: Architecture): DenseSpec => {
  const base = gpt2(a)
  return {
    ...base,
    attention: { ...base.attention, narrowSoftmax: false },
    mlp: plainMlp(a, 'c_fc', 'c_proj', 'gelu'),
    maskBuffer: true
  }
}

/** GPT-2: learned positions, one layer for q, k and v, GELU in Python operations. */
export const gpt2Family = denseFamily(['gpt2'], 'gpt2/modeling_gpt2.py', gpt2)
const optBase = denseFamily(['opt'], 'opt/modeling_opt.py', opt)
/** OPT. The norms of the 350M model follow the sums, and two layers bring its narrower embedding to the hidden size and back. */
export const optFamily: Family = {
  ...optBase,
  linearLayers: (a) => {
    const { hiddenSize: h, embeddingSize: e } = a
    const layers = optBase.linearLayers(a)
    return e ? new Map<string, readonly [number, number]>([['project_out', [e, h]], ['project_in', [h, e]], ...layers]) : layers
  }
}
/** SantaCoder and StarCoder: GPT-2 with one head for K and V, and a buffer for the causal mask of all positions. */
export const gptBigCodeFamily = denseFamily(['gpt_bigcode'], 'gpt_bigcode/modeling_gpt_bigcode.py', gptBigCode)
