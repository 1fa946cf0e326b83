import type { Architecture } from './architecture.ts'

/** Files of transformers 5.18 whose ForCausalLM or ForConditionalGeneration adds load_balancing_loss_func under output_router_logits. */
const MODEL_TYPES: ReadonlySet<string> = new Set([
  'dbrx', 'deepseek_v4', 'ernie4_5_moe', 'flex_olmo', 'gpt_oss', 'granitemoe', 'granitemoehybrid', 'granitemoeshared', 'jamba', 'laguna',
  'minimax', 'minimax_m2', 'minimax_m3_vl', 'minimax_m3_vl_text', 'mixtral', 'olmoe', 'phimoe', 'qwen2_moe', 'qwen3_5_moe', 'qwen3_5_moe_text', 'qwen3_moe', 'qwen3_next', 'qwen3_vl_moe'
])

/** Whether the model has a loss that balances its experts. */
export const hasRouterLoss = ({ moe, modelType }: Architecture): boolean => moe !== undefined && MODEL_TYPES.has(modelType ?? '')
