import type { Architecture } from '../../../architecture/architecture.ts'
import { groupedSigmoidRouter } from '../moe/routers.ts'
import { attention, gatedMlp } from './dense/common.ts'
import type { RotaryStyle } from './dense/spec.ts'
import { mixtureFamily, type MixtureSpec } from './mixture/index.ts'

/** The tables are as wide as the rotary part of a head. */
const latentRotary = ({ mla }: Architecture): RotaryStyle => ({ fraction: 1, width: mla!.qkRopeHeadDim, joins: false, type: 'activations' })

const base = (a: Architecture): MixtureSpec => ({
  norm: 'rms',
  order: 'pre',
  attention: attention(a, { rotary: latentRotary(a) }),
  mlp: gatedMlp(a),
  head: {},
  latent: a.mla?.interleavedRotary ?? true ? 'interleaved' : 'halves',
  router: sigmoidRouter(a)
})

/** The router of DeepSeek V3 and its many heirs. */
export const sigmoidRouter = ({ moe }: Architecture): MixtureSpec['router'] => groupedSigmoidRouter({
  normalizes: moe?.routing?.normalizes ?? true,
  groups: moe?.routing?.groups ?? 1,
  chosenGroups: moe?.routing?.chosenGroups ?? 1
})

/** DeepSeek V3 (Kimi K2, Moonlight) and GLM-4.7-Flash: latent attention, first layers dense, shared experts after the routed ones. */
export const deepseekV3Family = mixtureFamily(['deepseek_v3'], 'deepseek_v3/modeling_deepseek_v3.py', base)
export const glm4MoeLiteFamily = mixtureFamily(['glm4_moe_lite'], 'glm4_moe_lite/modeling_glm4_moe_lite.py', base)
