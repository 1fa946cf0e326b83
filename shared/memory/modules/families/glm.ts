import type { Architecture } from '../../../architecture/architecture.ts'
import { attention, fusedGatedMlp } from './dense/common.ts'
import { denseFamily, type DenseSpec } from './dense/index.ts'

const glm = (a: Architecture): DenseSpec => ({
  norm: 'rms',
  order: 'pre',
  attention: attention(a, { rotary: { fraction: a.rotaryFraction ?? 0.5, joins: true, type: 'interleaved' } }),
  mlp: fusedGatedMlp(a),
  head: {}
})

/** GLM-4 as of the -hf releases. */
export const glmFamily = denseFamily(['glm'], 'glm/modeling_glm.py', glm)
/** GLM-4-0414 and GLM-Z1: with a norm after each sublayer too. */
export const glm4Family = denseFamily(['glm4'], 'glm4/modeling_glm4.py', (a) => ({ ...glm(a), order: 'sandwich' }))
/** The language model of GLM-4.1V: its tables come with every frequency twice, once for all layers. */
export const glm4vTextFamily = denseFamily(['glm4v_text'], 'glm4v/modeling_glm4v.py', (a) => ({
  ...glm(a), order: 'sandwich', attention: attention(a, { rotary: { fraction: a.rotaryFraction ?? 0.5, joins: true, type: 'activations' } })
}))
