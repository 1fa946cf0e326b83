import type { Architecture } from '../../../architecture/architecture.ts'
import { attention, gatedMlp } from './dense/common.ts'
import { denseFamily, turnsWhereSliding, type DenseSpec } from './dense/index.ts'

const cohere = (a: Architecture): DenseSpec => ({
  norm: 'written-out-layer-norm',
  order: 'parallel-residual-first',
  attention: attention(a, {
    rotary: { fraction: 1, joins: false, type: 'upcast' },
    qkNorm: a.qkNorm ? { kind: 'written-out-layer-norm', over: 'weight-per-head' } : null
  }),
  mlp: gatedMlp(a),
  head: { scaled: true }
})

/** Command R and Aya: attention and MLP of one LayerNorm written out in fp32. */
export const cohereFamily = denseFamily(['cohere'], 'cohere/modeling_cohere.py', cohere)
/** Command R7B and Command A: three of four layers slide, only they have rotary positions. */
export const cohere2Family = denseFamily(['cohere2'], 'cohere2/modeling_cohere2.py', (a) => ({ ...cohere(a), bothMasks: true }), turnsWhereSliding)
