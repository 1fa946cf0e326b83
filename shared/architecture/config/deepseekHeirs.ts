import type { Architecture } from '../architecture.ts'
import type { MixtureOfExperts } from '../mixtureOfExperts.ts'
import type { ConfigFields } from './fields.ts'
import { slidingLayersOf } from './layerTypes.ts'
import { llamaLike } from './llama.ts'
import { experts, sharedExperts, sizeOfAny } from './mixture.ts'
import { rotaryFraction } from './parts.ts'

export interface ExpertDefaults {
  readonly experts: number
  readonly perToken: number
  readonly width: number
  readonly shared: number
  readonly denseFirst: number
  readonly groups: number
  readonly chosenGroups: number
  readonly normalizes?: boolean
}

/** The expert fields of DeepSeek V3 and its heirs; `mlp_layer_types` where there is one wins over the number of dense layers. */
export function deepseekExperts (c: ConfigFields, usual: ExpertDefaults): MixtureOfExperts {
  const width = c.sizeOr('moe_intermediate_size', usual.width)
  const types = c.texts('mlp_layer_types')
  const denseLayers = (types ?? []).flatMap((type, i) => type === 'dense' ? [i] : [])
  return experts({
    experts: sizeOfAny(c, ['n_routed_experts', 'num_experts', 'num_local_experts'], usual.experts),
    expertsPerToken: c.sizeOr('num_experts_per_tok', usual.perToken),
    intermediateSize: width,
    sharedExperts: sharedExperts(sizeOfAny(c, ['n_shared_experts', 'num_shared_experts'], usual.shared), width),
    denseFirst: types ? 0 : c.sizeOr('first_k_dense_replace', usual.denseFirst),
    ...(denseLayers.length > 0 ? { denseLayers } : {}),
    routing: {
      normalizes: c.flag('norm_topk_prob', usual.normalizes ?? true),
      groups: c.sizeOr('n_group', usual.groups),
      chosenGroups: c.sizeOr('topk_group', usual.chosenGroups)
    }
  })
}

/** configuration_glm4_moe.py: half of each head turned; biases on q, k and v only. */
export const glm4Moe = (c: ConfigFields): Architecture => ({
  ...llamaLike(c),
  kvHeads: c.sizeOr('num_key_value_heads', 8),
  attentionBias: c.flag('attention_bias', false) ? 'qkv' : 'none',
  qkNorm: c.flag('use_qk_norm', false) ? 'head' : null,
  rotaryFraction: rotaryFraction(c, 0.5),
  moe: deepseekExperts(c, { experts: 128, perToken: 8, width: 1408, shared: 1, denseFirst: 1, groups: 1, chosenGroups: 1 })
})

/** configuration_dots1.py: layers from max_window_layers on slide. */
export const dots1 = (c: ConfigFields): Architecture => {
  const window = c.isSetOr('sliding_window', true) ? c.sizeOr('sliding_window', 4096) : null
  const from = c.sizeOr('max_window_layers', 62)
  return {
    ...llamaLike(c),
    qkNorm: 'head',
    slidingWindow: window === null ? null : { window, pattern: null },
    ...slidingLayersOf(c, (i) => window !== null && i >= from),
    moe: deepseekExperts(c, { experts: 128, perToken: 6, width: 1408, shared: 0, denseFirst: 0, groups: 1, chosenGroups: 1, normalizes: false })
  }
}

/** configuration_solar_open.py: no dense layers, hence no intermediate_size. */
export const solarOpen = (c: ConfigFields): Architecture => ({
  ...llamaLike(c.with('intermediate_size', c.sizeOr('intermediate_size', 1))),
  headDim: c.sizeOr('head_dim', 128),
  attentionBias: c.flag('attention_bias', false) ? 'qkv' : 'none',
  moe: deepseekExperts(c, { experts: 128, perToken: 8, width: 1280, shared: 1, denseFirst: 0, groups: 1, chosenGroups: 1 })
})

/** configuration_exaone_moe.py: three layers slide, the fourth sees all and has no rotary positions. */
export const exaoneMoe = (c: ConfigFields): Architecture => {
  const window = c.isSetOr('sliding_window', true) ? c.sizeOr('sliding_window', 4096) : null
  const period = c.sizeOr('sliding_window_pattern', 4)
  return {
    ...llamaLike(c),
    qkNorm: 'head',
    slidingWindow: window === null ? null : { window, pattern: `${period - 1} sliding : 1 full` },
    ...slidingLayersOf(c, (i) => window !== null && (i + 1) % period !== 0),
    moe: deepseekExperts(c, { experts: 64, perToken: 8, width: 1024, shared: 1, denseFirst: 1, groups: 1, chosenGroups: 1 })
  }
}
