import type { Architecture } from '../../../architecture/architecture.ts'
import { denseFamily, type DenseSpec } from './dense/index.ts'
import { attention, gatedMlp, wholeHeads } from './dense/common.ts'

const gemma = (a: Architecture): DenseSpec => ({
  norm: 'gemma-rms',
  order: 'pre',
  attention: attention(a, { rotary: wholeHeads }),
  mlp: gatedMlp(a, 'gelu'),
  embeddingScale: 'tensor',
  head: {}
})

const gemma2 = (a: Architecture): DenseSpec => {
  const { attention: scores, logits } = a.softcaps ?? { attention: true, logits: true }
  return {
    ...gemma(a),
    order: 'sandwich',
    attention: attention(a, { rotary: wholeHeads, softcap: scores }),
    head: { softcap: logits },
    bothMasks: true
  }
}

const gemma3 = (a: Architecture): DenseSpec => {
  const { logits } = a.softcaps ?? { logits: false }
  return {
    ...gemma2(a),
    attention: attention(a, { rotary: wholeHeads, qkNorm: { kind: 'gemma-rms', over: 'head' } }),
    head: { softcap: logits },
    rotaryPerKind: true
  }
}

/** Gemma 1. */
export const gemmaFamily = denseFamily(['gemma'], 'gemma/modeling_gemma.py', gemma)
/** Four norms, soft-capped scores and logits, every second layer with a window. */
export const gemma2Family = denseFamily(['gemma2'], 'gemma2/modeling_gemma2.py', gemma2)
/** QK-norm, five layers with a window to one without, a rotary table for each kind. */
export const gemma3Family = denseFamily(['gemma3_text'], 'gemma3/modeling_gemma3.py', gemma3)
