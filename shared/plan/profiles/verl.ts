import type { Plan } from '../schema.ts'
import { framework, rollouts, usesEngine } from './algorithm.ts'
import { adapterType, checkpointing, kbitPreparation, kernels, loss, optimizer, sdpa, type Fact, type Profile } from './profile.ts'

const VERL = 'verl 0.10.0.dev'
const ENGINE = `${VERL} verl/workers/engine/fsdp/transformer_impl.py`

export const verl: Profile = {
  id: 'verl-0.10',
  name: 'verl',
  version: `${VERL}, FSDP, vLLM or SGLang`,
  facts: (plan: Plan): Fact[] => [
    { path: 'precision.weights', to: 'fp32', source: `${ENGINE} model_dtype fp32` },
    { path: 'precision.autocast', to: 'bf16', source: `${ENGINE} mixed precision: parameters in bf16` },
    { path: 'precision.outputsToFp32', to: false, source: `${ENGINE}: no accelerate` },
    ...adapterType(plan, 'fp32', `${ENGINE} _build_lora_module`),
    ...kbitPreparation(plan, false, `${ENGINE}: no prepare_model_for_kbit_training`),
    optimizer({ kind: 'adamw', implementation: 'foreach', clipGradNorm: true }, `${VERL} verl/trainer/config/optim/fsdp.yaml torch.optim AdamW, clip_grad 1.0`),
    ...checkpointing(plan, 'non-reentrant', `${VERL} verl/trainer/config/model/hf_model.yaml enable_gradient_checkpointing True`),
    sdpa(plan, 'narrow', `${VERL} verl/trainer/config/model/hf_model.yaml attn_implementation flash_attention_2`),
    ...loss('hugging-face', `${VERL} verl/utils/torch_functional.py`),
    kernels([], `${VERL} verl/trainer/config/model/hf_model.yaml use_liger False, use_fused_kernels False`),
    ...framework(plan, 'verl', `${VERL} verl/utils/torch_functional.py logprobs_from_logits`),
    ...rollouts(plan, { oldLogProbabilities: true, ...usesEngine(plan) ? { 'rollout.share': 0.5, 'rollout.sleep': 'discarded', 'rollout.place': 'process' } : {} }, `${VERL} verl/trainer/config/rollout/rollout.yaml gpu_memory_utilization 0.5, free_cache_engine True; verl/trainer/ppo/ray_trainer.py old log-probabilities`)
  ],
  notes: () => [{ en: 'A frozen reference lives in host memory between its passes. On several GPUs gradients stay unsharded until the last micro-batch.', zh: '冻结的参考模型在前向之间位于主机内存。多卡时梯度直到最后一个微批次才分片。' }]
}
