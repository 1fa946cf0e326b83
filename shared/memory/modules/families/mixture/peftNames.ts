/**
 * Model types with experts whose adapters PEFT reads with the names of transformers 4 (peft/utils/transformers_weight_conversion.py
 * over transformers conversion_mapping.py): names of a dense MLP then mean the stacks of experts, not the dense and shared MLPs.
 */
const CONVERTED: ReadonlySet<string> = new Set([
  'qwen2_moe', 'qwen3_moe', 'qwen3_next', 'mixtral', 'olmoe', 'flex_olmo', 'hunyuan_v1_moe', 'deepseek_v2', 'deepseek_v3', 'deepseek_v32', 'glm_moe_dsa',
  'glm4_moe', 'glm4_moe_lite', 'glm4v_moe', 'dots1', 'solar_open', 'exaone_moe', 'ernie4_5_moe', 'minimax_m2', 'afmoe', 'kimi_k25'
])

/** Whether PEFT takes the names of a dense MLP for the experts of this model. */
export const convertsNames = (modelType: string | undefined): boolean => CONVERTED.has(modelType ?? '')
