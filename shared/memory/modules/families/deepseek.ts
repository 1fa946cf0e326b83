import type { Architecture } from '../../../architecture/architecture.ts'
import { groupedSigmoidRouter, sigmoidRouter } from '../moe/sigmoidRouters.ts'
import { correctedSoftmaxRouter, scaledSoftmaxRouter } from '../moe/softmaxRouters.ts'
import { partOfHeads } from './dense/common.ts'
import type { RotaryStyle } from './dense/spec.ts'
import { turnsWhereSliding } from './dense/index.ts'
import { mixtureFamily, type MixtureSpec } from './mixture/index.ts'
import { llamaWithExperts } from './qwenMoe.ts'

/** The tables are as wide as the rotary part of a head. */
const latentRotary = ({ mla }: Architecture): RotaryStyle => ({ fraction: 1, width: mla!.qkRopeHeadDim, joins: false, type: 'activations' })

/** The router of DeepSeek V3 and its many heirs. */
export const groupedRouter = ({ moe }: Architecture): MixtureSpec['router'] => groupedSigmoidRouter({
  normalizes: moe?.routing?.normalizes ?? true,
  groups: moe?.routing?.groups ?? 1,
  chosenGroups: moe?.routing?.chosenGroups ?? 1
})

/** DeepSeek V3's blocks. */
export const latentMixture = (a: Architecture): MixtureSpec => ({
  ...llamaWithExperts(a, { rotary: latentRotary(a) }),
  latent: a.mla?.interleavedRotary ?? true ? 'interleaved' : 'halves',
  router: groupedRouter(a),
  routerFirst: false,
  combine: { ownRows: true }
})

/** DeepSeek V3 (Kimi K2, Moonlight) and GLM-4.7-Flash: latent attention, first layers dense, shared experts after the routed ones. */
export const deepseekV3Family = mixtureFamily(['deepseek_v3'], 'deepseek_v3/modeling_deepseek_v3.py', latentMixture)
export const glm4MoeLiteFamily = mixtureFamily(['glm4_moe_lite'], 'glm4_moe_lite/modeling_glm4_moe_lite.py', latentMixture)

/** DeepSeek V2: complex rotary, softmax scores. */
export const deepseekV2Family = mixtureFamily(['deepseek_v2'], 'deepseek_v2/modeling_deepseek_v2.py', (a) => ({
  ...latentMixture(a),
  // One complex number per pair: as many bytes as two tables of half the width in fp32.
  attention: { ...latentMixture(a).attention, rotary: { ...latentRotary(a), width: a.mla!.qkRopeHeadDim / 2, type: 'float' } },
  latent: 'complex',
  router: scaledSoftmaxRouter({ groups: a.moe?.routing?.groups ?? 1, chosenGroups: a.moe?.routing?.chosenGroups ?? 1 })
}))

/** GLM-4.5: half of each head turned, biases on q, k and v. */
export const glm4MoeFamily = mixtureFamily(['glm4_moe'], 'glm4_moe/modeling_glm4_moe.py', (a) => ({
  ...llamaWithExperts(a, { rotary: partOfHeads(a.rotaryFraction ?? 0.5), qkNorm: a.qkNorm ? { kind: 'rms', over: 'head' } : null }),
  router: groupedRouter(a),
  routerFirst: false,
  combine: { ownRows: true }
}))

/** The language model of GLM-4.5V: GLM-4.5 without QK-norm. */
export const glm4vMoeFamily = mixtureFamily(['glm4v_moe'], 'glm4v_moe/modeling_glm4v_moe.py', (a) => ({
  ...llamaWithExperts(a, { rotary: partOfHeads(a.rotaryFraction ?? 0.5), qkNorm: null }), router: groupedRouter(a), routerFirst: false, combine: { ownRows: true }
}))

/** dots.llm1: QK-norm per head. */
export const dots1Family = mixtureFamily(['dots1'], 'dots1/modeling_dots1.py', (a) => ({
  ...llamaWithExperts(a, { qkNorm: { kind: 'rms', over: 'head', atOnce: true } }), router: groupedRouter(a), routerFirst: false, combine: { ownRows: true }
}))

/** Solar Open: every layer with experts. */
export const solarOpenFamily = mixtureFamily(['solar_open'], 'solar_open/modeling_solar_open.py', (a) => ({
  ...llamaWithExperts(a), router: groupedRouter(a), routerFirst: false, combine: { ownRows: true }
}))

/** EXAONE MoE: QK-norm per head, rotary positions only where layers slide. */
export const exaoneMoeFamily = mixtureFamily(['exaone_moe'], 'exaone_moe/modeling_exaone_moe.py', (a) => ({
  ...llamaWithExperts(a, { qkNorm: { kind: 'rms', over: 'head' } }),
  router: groupedRouter(a),
  routerFirst: false,
  combine: { ownRows: true },
  bothMasks: a.slidingWindow !== null,
  turns: (i) => a.slidingWindow === null || turnsWhereSliding(a, i)
}))

/** MiniMax M2: QK-norm over all heads, part of each head turned. */
export const minimaxM2Family = mixtureFamily(['minimax_m2'], 'minimax_m2/modeling_minimax_m2.py', (a) => ({
  ...llamaWithExperts(a, { rotary: partOfHeads(a.rotaryFraction ?? 0.5), qkNorm: { kind: 'rms', over: 'all' } }), router: sigmoidRouter
}))

/** ERNIE 4.5 MoE: interleaved rotary positions in fp32, shared experts before the router. */
export const ernieMoeFamily = mixtureFamily(['ernie4_5_moe'], 'ernie4_5_moe/modeling_ernie4_5_moe.py', (a) => ({
  ...llamaWithExperts(a, { rotary: { fraction: 1, joins: false, type: 'interleaved-upcast' } }),
  router: correctedSoftmaxRouter,
  sharedOrder: 'before',
  head: { bias: a.lmHeadBias ?? false }
}))
