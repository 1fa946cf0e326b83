import type { Architecture } from '../../../architecture/architecture.ts'
import { clampedHalvesGate } from '../moe/gates.ts'
import { sigmoidRouter } from '../moe/sigmoidRouters.ts'
import { groupedSoftmaxRouter, narrowSoftmaxRouter, plainSigmoidRouter } from '../moe/scaledRouters.ts'
import { attention, fusedGatedMlp, partOfHeads, wholeHeads } from './dense/common.ts'
import { turnsWhereSliding } from './dense/index.ts'
import { groupedRouter, latentMixture } from './deepseek.ts'
import type { Family } from './family.ts'
import { mixtureFamily, type MixtureSpec } from './mixture/index.ts'
import { llamaWithExperts } from './qwenMoe.ts'

const groups = ({ moe }: Architecture): { normalizes: boolean, groups: number, chosenGroups: number } => ({
  normalizes: moe?.routing?.normalizes ?? true, groups: moe?.routing?.groups ?? 1, chosenGroups: moe?.routing?.chosenGroups ?? 1
})

/** Mistral Small 4: DeepSeek V3's blocks with a softmax router and queries scaled by their position. */
export const mistral4Family = mixtureFamily(['mistral4'], 'mistral4/modeling_mistral4.py', (a): MixtureSpec => ({
  ...latentMixture(a), scalesLatentQuery: true, router: groupedSoftmaxRouter(groups(a))
}))

/** HunYuan 3: QK-norm per head, a sigmoid router in fp32; routed and shared output added in fp32 unless the config says otherwise. */
export const hyV3Family = mixtureFamily(['hy_v3'], 'hy_v3/modeling_hy_v3.py', (a) => ({
  ...llamaWithExperts(a, { qkNorm: { kind: 'rms', over: 'head' } }),
  router: plainSigmoidRouter({ wide: true, epsilon: true, scales: true }),
  combine: { combinesWide: a.moe?.routing?.combinesWide ?? true }
}))

/** AFMoE (Arcee Trinity): four norms, a gate on the attention's output, rotary positions only where layers slide. */
export const afmoeFamily = mixtureFamily(['afmoe'], 'afmoe/modeling_afmoe.py', (a): MixtureSpec => ({
  ...llamaWithExperts(a, { qkNorm: { kind: 'olmo-rms', over: 'head' } }),
  norm: 'olmo-rms',
  order: 'sandwich',
  outputGate: { name: 'gate_proj', per: 'element', runs: 'early', activation: 'sigmoid' },
  ...(a.scaledEmbedding ?? true ? { embeddingScale: 'number-kept' as const } : {}),
  bothMasks: true,
  turns: (i) => turnsWhereSliding(a, i),
  router: plainSigmoidRouter({ linear: 'gate', correction: 'frozen', epsilon: true, scales: true }),
  sharedOrder: 'between',
  combine: { sharedFirst: true }
}))

/** Laguna: a softplus gate on the attention's output, more heads and whole rotary heads where layers slide. */
export const lagunaFamily = mixtureFamily(['laguna'], 'laguna/modeling_laguna.py', (a): MixtureSpec => ({
  ...llamaWithExperts(a, { rotary: { ...wholeHeads, joins: true }, qkNorm: { kind: 'rms', over: 'head' } }),
  rotaryOf: (kind) => kind.startsWith('sliding') ? { ...wholeHeads, joins: true } : partOfHeads(a.rotaryFraction ?? 0.5),
  rotaryPerKind: true,
  outputGate: { name: 'g_proj', per: a.attnOutputGate === 'elementwise' ? 'element' : 'head', runs: 'late', activation: 'softplus' },
  router: plainSigmoidRouter({ correction: 'frozen', castsBack: true }),
  sharedOrder: 'before',
  combine: { scalesRouted: true }
}))

/** DeepSeek V3.2: DeepSeek V3 with an indexer; attention sees the tokens that it picks. */
export const deepseekV32Family = mixtureFamily(['deepseek_v32'], 'deepseek_v32/modeling_deepseek_v32.py', (a): MixtureSpec => ({
  ...latentMixture(a), alwaysMasks: true, indexer: 'halves'
}))

/** GLM-5: the same with another rotation in the indexer; in GLM-5.2 layers without one take over the tokens of the layer before. */
export const glmMoeDsaFamily = mixtureFamily(['glm_moe_dsa'], 'glm_moe_dsa/modeling_glm_moe_dsa.py', (a): MixtureSpec => ({
  ...latentMixture(a), alwaysMasks: true, indexer: 'interleaved', passesIndices: true
}))

/** Llama 4: chunked attention where positions turn, every expert over every token, dense layers between in Maverick. */
export const llama4Family = mixtureFamily(['llama4_text'], 'llama4/modeling_llama4.py', (a): MixtureSpec => ({
  ...llamaWithExperts(a, { rotary: { fraction: 0.5, joins: false, type: 'float' }, bareSoftmax: true }),
  norm: 'llama4-rms',
  bothMasks: true,
  namesAttention: true,
  chunks: true,
  llama4: { normalizes: a.weightlessQkNorm ?? false, tunesTemperature: a.tunesTemperature ?? true },
  turns: (i) => a.rotaryLayers?.[i] ?? (i + 1) % 4 !== 0,
  router: plainSigmoidRouter({})
}))

/** MiMo V2 Flash: a third of each head turned, more key heads and sinks where layers slide; no shared experts. */
export const mimoV2Family: Family = {
  ...mixtureFamily(['mimo_v2_flash'], 'mimo_v2_flash/modeling_mimo_v2_flash.py', (a): MixtureSpec => ({
    ...llamaWithExperts(a, { rotary: partOfHeads(a.rotaryFraction ?? 0.334) }),
    rotaryPerKind: true,
    mimo: true,
    router: groupedRouter(a),
    routerFirst: false
  })),
  eagerOnly: true
}

/** DBRX: LayerNorm, one clamped layer for q, k and v, three stacks of experts in a loop. */
export const dbrxFamily: Family = {
  ...mixtureFamily(['dbrx'], 'dbrx/modeling_dbrx.py', (a): MixtureSpec => ({
    ...llamaWithExperts(a),
    norm: 'narrow-layer-norm',
    lastNorm: 'layer-norm-without-bias',
    attention: attention(a, { layout: 'split', projections: ['Wqkv'], out: 'out_proj', rotary: wholeHeads, clamps: true }),
    router: narrowSoftmaxRouter,
    experts: { separate: true }
  })),
  stackTargets: () => []
}

/** MiniMax M3: norms of Gemma's kind, half of each head turned, clamped experts, and blocks of keys picked in layers with experts. */
export const minimaxM3Family: Family = {
  ...mixtureFamily(['minimax_m3_vl', 'minimax_m3_vl_text'], 'minimax_m3_vl/modeling_minimax_m3_vl.py', (a): MixtureSpec => ({
    ...llamaWithExperts(a, { rotary: partOfHeads(a.rotaryFraction ?? 0.5), qkNorm: { kind: 'gemma-rms', over: 'head', atOnce: true } }),
    norm: 'gemma-rms',
    mlp: { ...fusedGatedMlp(a), gate: clampedHalvesGate },
    blockIndexer: { heads: a.kvHeads, headDim: 128, blockSize: 128, chosen: 16 },
    router: sigmoidRouter,
    experts: { gate: clampedHalvesGate },
    sharedOrder: 'before',
    combine: { scalesRouted: true }
  }))
}
