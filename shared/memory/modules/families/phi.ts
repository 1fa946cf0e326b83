import type { Architecture } from '../../../architecture/architecture.ts'
import { attention, fusedGatedMlp, partOfHeads, plainMlp } from './dense/common.ts'
import { denseFamily, type DenseSpec } from './dense/index.ts'

const phi3 = (a: Architecture): DenseSpec => ({
  norm: 'rms',
  order: 'pre',
  attention: attention(a, { layout: 'sliced', projections: ['qkv_proj'], rotary: partOfHeads(a.rotaryFraction ?? 1) }),
  mlp: fusedGatedMlp(a),
  ...(a.dropout ? { dropout: a.dropout } : {}),
  head: {}
})

const phi = (a: Architecture): DenseSpec => ({
  norm: 'layer-norm',
  order: 'parallel-attention-first',
  attention: attention(a, {
    out: 'dense',
    rotary: partOfHeads(a.rotaryFraction ?? 0.5),
    qkNorm: a.qkNorm ? { kind: 'layer-norm', over: 'head' } : null
  }),
  mlp: plainMlp(a, 'fc1', 'fc2', 'gelu-python'),
  ...(a.dropout ? { dropout: a.dropout } : {}),
  head: { bias: true }
})

/** Phi-3, Phi-3.5 and Phi-4: q, k and v cut from one layer, gate and up from another. */
export const phi3Family = denseFamily(['phi3'], 'phi3/modeling_phi3.py', phi3)
/** Phi-1, Phi-1.5 and Phi-2: attention and MLP of one LayerNorm, GELU in Python operations. */
export const phiFamily = denseFamily(['phi'], 'phi/modeling_phi.py', phi)
