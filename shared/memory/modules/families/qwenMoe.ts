import type { Architecture } from '../../../architecture/architecture.ts'
import { softmaxRouter } from '../moe/softmaxRouters.ts'
import { attention, gatedMlp, wholeHeads } from './dense/common.ts'
import type { AttentionSpec } from './dense/spec.ts'
import { mixtureFamily, type MixtureSpec } from './mixture/index.ts'

/** Llama's block with a router and experts for its MLP. */
export const llamaWithExperts = (a: Architecture, own: Partial<AttentionSpec> = {}): Omit<MixtureSpec, 'router'> => ({
  norm: 'rms',
  order: 'pre',
  attention: attention(a, { rotary: wholeHeads, ...own }),
  mlp: gatedMlp(a),
  head: {}
})

const normalizes = (a: Architecture): boolean => a.moe?.routing?.normalizes ?? true
const qwenRouter = (a: Architecture): MixtureSpec['router'] => softmaxRouter({ normalizes: normalizes(a), castsBack: true })

/** Qwen3-MoE: QK-norm per head. */
export const qwen3MoeFamily = mixtureFamily(['qwen3_moe'], 'qwen3_moe/modeling_qwen3_moe.py', (a) => ({
  ...llamaWithExperts(a, { qkNorm: { kind: 'rms', over: 'head', atOnce: true } }),
  router: qwenRouter(a),
  routerFirst: false
}))

/** Qwen1.5-MoE and Qwen2-MoE: a gated shared expert before the router. */
export const qwen2MoeFamily = mixtureFamily(['qwen2_moe'], 'qwen2_moe/modeling_qwen2_moe.py', (a) => ({
  ...llamaWithExperts(a), router: qwenRouter(a), sharedOrder: 'before', bothMasks: true
}))

/** OLMoE: QK-norm over all heads at once. */
export const olmoeFamily = mixtureFamily(['olmoe'], 'olmoe/modeling_olmoe.py', (a) => ({
  ...llamaWithExperts(a, { qkNorm: { kind: 'rms', over: 'all' } }), router: qwenRouter(a)
}))

/** FlexOlmo: OLMo 2's norms after the sublayers. */
export const flexOlmoFamily = mixtureFamily(['flex_olmo'], 'flex_olmo/modeling_flex_olmo.py', (a) => ({
  ...llamaWithExperts(a, { rotary: { ...wholeHeads, type: 'float' }, qkNorm: { kind: 'olmo-rms', over: 'all' } }), norm: 'olmo-rms', order: 'post', router: qwenRouter(a)
}))

/** Mixtral. */
export const mixtralFamily = mixtureFamily(['mixtral'], 'mixtral/modeling_mixtral.py', (a) => ({
  ...llamaWithExperts(a), router: softmaxRouter({ normalizes: true, castsBack: false })
}))

/** HunYuan A13B: QK-norm after the rotation, a shared MLP before an nn.Linear router. */
export const hunyuanMoeFamily = mixtureFamily(['hunyuan_v1_moe'], 'hunyuan_v1_moe/modeling_hunyuan_v1_moe.py', (a) => ({
  ...llamaWithExperts(a, { qkNorm: { kind: 'rms', over: 'head', afterRotary: true } }),
  router: softmaxRouter({ normalizes: true, castsBack: true, linear: 'wg' }),
  sharedOrder: 'before'
}))
