import type { Architecture } from '../../../architecture/architecture.ts'
import { softmaxRouter } from '../moe/routers.ts'
import { attention, gatedMlp, wholeHeads } from './dense/common.ts'
import { mixtureFamily, type MixtureSpec } from './mixture/index.ts'

const base = (a: Architecture): Omit<MixtureSpec, 'router'> => ({
  norm: 'rms',
  order: 'pre',
  attention: attention(a, { rotary: wholeHeads }),
  mlp: gatedMlp(a),
  head: {}
})

/** Qwen3-MoE: QK-norm per head. */
export const qwen3MoeFamily = mixtureFamily(['qwen3_moe'], 'qwen3_moe/modeling_qwen3_moe.py', (a) => ({
  ...base(a),
  attention: attention(a, { rotary: wholeHeads, qkNorm: { kind: 'rms', over: 'head', atOnce: true } }),
  router: softmaxRouter({ normalizes: a.moe?.routing?.normalizes ?? true, castsBack: true })
}))

/** Mixtral. */
export const mixtralFamily = mixtureFamily(['mixtral'], 'mixtral/modeling_mixtral.py', (a) => ({
  ...base(a),
  router: softmaxRouter({ normalizes: true, castsBack: false })
}))
