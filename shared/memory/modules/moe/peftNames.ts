import type { Architecture } from '../../../architecture/architecture.ts'

/** What PEFT can wrap in a layer of experts besides linear layers: parameters of transformers' experts and router. */
export type StackName = 'gate_up_proj' | 'down_proj' | 'router'

/** The targets by which LoRA reaches them. A stack of several names is reached only by all of them, with as many times the rank. */
export interface StackTargets {
  readonly stack: StackName
  readonly names: readonly string[]
  /** Whether “all-linear” includes it. */
  readonly isLinear: boolean
}

/**
 * Model types with experts whose adapters PEFT reads with the names of transformers 4 (peft/utils/transformers_weight_conversion.py
 * over transformers conversion_mapping.py): names of a dense MLP then mean the stacks of experts, not the dense and shared MLPs.
 */
const CONVERTED: ReadonlySet<string> = new Set([
  'qwen3_moe', 'qwen3_next', 'mixtral', 'olmoe', 'flex_olmo', 'hunyuan_v1_moe', 'deepseek_v2', 'deepseek_v3', 'deepseek_v32', 'glm_moe_dsa',
  'glm4_moe', 'glm4_moe_lite', 'glm4v_moe', 'dots1', 'solar_open', 'exaone_moe', 'ernie4_5_moe', 'minimax_m2', 'afmoe'
])

/** Whether PEFT takes the names of a dense MLP for the experts of this model. */
export const convertsNames = (modelType: string | undefined): boolean => CONVERTED.has(modelType ?? '')

/** Names that then mean the experts or the router and no linear layer, wherever in the model it is (_convert_peft_config_moe). */
export const meansExperts = (modelType: string | undefined, name: string): boolean =>
  convertsNames(modelType) && (name === 'gate' || expertNames(modelType).includes(name))

/** Model types whose experts have Mixtral's names in transformers 4. */
const LIKE_MIXTRAL: ReadonlySet<string> = new Set(['mixtral', 'minimax_m2'])

/** The stacks themselves, as PEFT's target_parameters names them. */
const EXPLICIT: readonly StackTargets[] = [
  { stack: 'gate_up_proj', names: ['experts.gate_up_proj'], isLinear: false },
  { stack: 'down_proj', names: ['experts.down_proj'], isLinear: false }
]

/** What an expert's layers are called where each is an MLP of its own. */
export const expertNames = (modelType: string | undefined): readonly [string, string, string] =>
  LIKE_MIXTRAL.has(modelType ?? '') ? ['w1', 'w3', 'w2'] : ['gate_proj', 'up_proj', 'down_proj']

/** Every name by which LoRA reaches a stack of experts of this model, or its router (_MOE_TARGET_MODULE_MAPPING, _MOE_FUSED_TARGETS). */
export function stackTargets ({ modelType }: Architecture): readonly StackTargets[] {
  if (!convertsNames(modelType)) return EXPLICIT
  const [gate, up, down] = expertNames(modelType)
  return [
    { stack: 'gate_up_proj', names: [gate, up], isLinear: true },
    { stack: 'down_proj', names: [down], isLinear: true },
    { stack: 'router', names: ['gate'], isLinear: true },
    ...EXPLICIT
  ]
}
