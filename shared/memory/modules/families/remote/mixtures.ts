import type { Architecture } from '../../../../architecture/architecture.ts'
import { groupedSigmoidRouter } from '../../moe/sigmoidRouters.ts'
import { plainSigmoidRouter } from '../../moe/scaledRouters.ts'
import { scaledSoftmaxRouter, softmaxRouter } from '../../moe/softmaxRouters.ts'
import { attention, partOfHeads, wholeHeads } from '../dense/common.ts'
import { latentMixture } from '../deepseek.ts'
import type { Family } from '../family.ts'
import { mixtureFamily, type MixtureSpec } from '../mixture/index.ts'
import { llamaWithExperts } from '../qwenMoe.ts'

/*
 * Mixtures whose modeling file comes with their checkpoint: the nearest block of transformers, with a margin for what differs.
 * Most of these files run their experts one after the other: runtime.experts "modules".
 */

const remote = (family: Family, block: string, share: number): Family => ({ ...family, approximates: { block, norm: 'RMSNorm', share } })

/** The first DeepSeek MoE, and the language model of DeepSeek-OCR: Llama's attention, softmax routing, shared experts. */
const deepseekMoe = (a: Architecture): MixtureSpec => ({
  ...llamaWithExperts(a), router: scaledSoftmaxRouter({ groups: 1, chosenGroups: 1 }), routerFirst: false
})

/** Ling 1: one layer for q, k and v. */
const bailing = (a: Architecture): MixtureSpec => ({
  ...llamaWithExperts(a),
  attention: attention(a, { layout: 'split', projections: ['query_key_value'], out: 'dense', rotary: wholeHeads }),
  router: softmaxRouter({ normalizes: true, castsBack: true })
})

/** Ling 2: QK-norm per head, half of each head turned, grouped sigmoid routing with a correction (8 groups, 4 of them chosen). */
const bailing2 = (a: Architecture): MixtureSpec => ({
  ...bailing(a),
  attention: attention(a, { layout: 'split', projections: ['query_key_value'], out: 'dense', rotary: partOfHeads(a.rotaryFraction ?? 0.5), qkNorm: { kind: 'rms', over: 'head' } }),
  router: groupedSigmoidRouter({ normalizes: true, groups: a.moe?.routing?.groups ?? 8, chosenGroups: a.moe?.routing?.chosenGroups ?? 4 })
})

/** Step 3.5: norms of Gemma's kind, a sigmoid gate per head, more heads where layers slide (transformers models/step3p7). */
const step3 = (a: Architecture): MixtureSpec => ({
  ...llamaWithExperts(a, { rotary: partOfHeads(a.rotaryFraction ?? 0.5), qkNorm: { kind: 'gemma-rms', over: 'head', atOnce: true } }),
  norm: 'gemma-rms',
  rotaryOf: (kind) => kind.startsWith('sliding') ? { ...wholeHeads, joins: true } : partOfHeads(a.rotaryFraction ?? 0.5),
  rotaryPerKind: true,
  outputGate: { name: 'g_proj', per: 'head', runs: 'early', activation: 'sigmoid' },
  router: plainSigmoidRouter({}),
  sharedOrder: 'before',
  combine: { scalesRouted: true }
})

export const REMOTE_MIXTURES: readonly Family[] = [
  remote(mixtureFamily(['deepseek', 'deepseek_vl_v2'], 'deepseek_v2/modeling_deepseek_v2.py', deepseekMoe), 'DeepSeek V2 with Llama’s attention', 0.1),
  remote(mixtureFamily(['kimi_vl'], 'deepseek_v3/modeling_deepseek_v3.py', latentMixture), 'DeepSeek V3', 0.1),
  remote(mixtureFamily(['bailing_moe'], 'qwen2_moe/modeling_qwen2_moe.py', bailing), 'Qwen2-MoE', 0.1),
  remote(mixtureFamily(['bailing_moe_v2'], 'glm4_moe/modeling_glm4_moe.py', bailing2), 'GLM-4.5', 0.1),
  remote(mixtureFamily(['sarvam_moe'], 'glm4_moe/modeling_glm4_moe.py', bailing2), 'GLM-4.5', 0.15),
  remote(mixtureFamily(['sarvam_mla'], 'deepseek_v3/modeling_deepseek_v3.py', latentMixture), 'DeepSeek V3', 0.15),
  remote(mixtureFamily(['step3p5'], 'step3p7/modeling_step3p7.py', step3), 'Step 3.7', 0.1)
]
