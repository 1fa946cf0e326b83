import type { Architecture } from '../../../architecture/architecture.ts'
import { attention, gatedMlp } from './dense/common.ts'
import { denseFamily, type DenseSpec } from './dense/index.ts'

const floatTables = { fraction: 1, joins: false, type: 'float' } as const

const olmo = (a: Architecture): DenseSpec => ({
  norm: 'plain-layer-norm',
  order: 'pre',
  attention: attention(a, { rotary: floatTables }),
  mlp: gatedMlp(a),
  head: {}
})

const olmo2 = (a: Architecture): DenseSpec => ({
  ...olmo(a),
  norm: 'olmo-rms',
  order: 'post',
  attention: attention(a, { rotary: floatTables, qkNorm: { kind: 'olmo-rms', over: 'all' } })
})

/** OLMo: LayerNorm without weights, rotary tables in fp32. */
export const olmoFamily = denseFamily(['olmo'], 'olmo/modeling_olmo.py', olmo)
/** OLMo 2: norms after the sublayers, QK-norm over all heads. */
export const olmo2Family = denseFamily(['olmo2'], 'olmo2/modeling_olmo2.py', olmo2)
/** OLMo 3: three of four layers slide, a rotary table for each kind. */
export const olmo3Family = denseFamily(['olmo3'], 'olmo3/modeling_olmo3.py', (a) => ({ ...olmo2(a), bothMasks: true, rotaryPerKind: true }))
