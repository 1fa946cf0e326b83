import type { Architecture } from '../../../architecture/architecture.ts'
import { attention, gatedMlp, wholeHeads } from './dense/common.ts'
import { denseFamily, type DenseSpec } from './dense/index.ts'

const llama = (a: Architecture): DenseSpec => ({
  norm: 'rms',
  order: 'pre',
  attention: attention(a, { rotary: wholeHeads, qkNorm: a.qkNorm ? { kind: 'rms', over: 'head', atOnce: true } : null }),
  mlp: gatedMlp(a),
  head: {}
})

/** Llama, and Mistral with one mask for all layers. */
export const llamaFamily = denseFamily(['llama', 'mistral'], 'llama/modeling_llama.py', llama)

/** Qwen2 (biases on q, k and v) and Qwen3 (RMSNorm on q and k): where some layers slide, masks for both kinds are made. */
export const qwenFamily = denseFamily(['qwen2', 'qwen3'], 'qwen2/modeling_qwen2.py', (a) => ({ ...llama(a), bothMasks: a.slidingWindow !== null }))
