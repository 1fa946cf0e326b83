import type { Plan } from '../schema.ts'
import { framework, rollouts, usesEngine } from './algorithm.ts'
import { adapterType, checkpointing, kbitPreparation, kernels, loss, optimizer, sdpa, type Fact, type Profile } from './profile.ts'

const OPENRLHF = 'openrlhf 0.11.0'

/** On one GPU; its DeepSpeed engine keeps bf16 weights with fp32 masters, as many bytes as the fp32 weights under autocast that a plan has. */
export const openRlhf: Profile = {
  id: 'openrlhf-0.11',
  name: 'OpenRLHF',
  version: `${OPENRLHF}, DeepSpeed 0.19.6, vLLM`,
  facts: (plan: Plan): Fact[] => [
    { path: 'precision.weights', to: plan.method.kind === 'full' ? 'fp32' : 'bf16', source: `${OPENRLHF} openrlhf/utils/deepspeed/deepspeed_utils.py get_train_ds_config: bf16 with fp32 masters` },
    { path: 'precision.autocast', to: 'bf16', source: `${OPENRLHF} openrlhf/cli --ds.param_dtype bf16` },
    { path: 'precision.outputsToFp32', to: false, source: `${OPENRLHF} openrlhf/models/actor.py: the DeepSpeed engine returns what the model does` },
    ...adapterType(plan, 'fp32', `${OPENRLHF} openrlhf/models/actor.py: adapters with fp32 masters`),
    ...kbitPreparation(plan, false, `${OPENRLHF} openrlhf/models/actor.py: adapters and norms to bf16`),
    optimizer({ kind: 'adamw', implementation: 'fused', clipGradNorm: true }, `${OPENRLHF} openrlhf/utils/deepspeed/deepspeed.py create_optimizer: FusedAdam; max_norm 1.0`),
    ...checkpointing(plan, 'none', `${OPENRLHF} openrlhf/cli --actor.gradient_checkpointing_enable False`),
    sdpa(plan, 'narrow', `${OPENRLHF} openrlhf/cli --ds.attn_implementation flash_attention_2`),
    ...loss('hugging-face', `${OPENRLHF} openrlhf/models/loss.py SFTLoss`),
    kernels([], `${OPENRLHF} openrlhf/cli --ds.use_liger_kernel False`),
    ...framework(plan, 'openrlhf', `${OPENRLHF} openrlhf/models/utils.py log_probs_from_logits`),
    ...rollouts(plan, { oldLogProbabilities: true, offloadWhileGenerating: 'none', ...usesEngine(plan) ? { 'rollout.sleep': 'none', 'rollout.share': 0.95 } : {} }, `${OPENRLHF} openrlhf/cli/train_ppo_ray.py: --ds.enable_sleep False, --vllm.enable_sleep False, --vllm.gpu_memory_utilization 0.95`)
  ],
  notes: () => [{ en: 'The experience is kept in host memory, and the engine in a process of its own. ZeRO buckets are not part of a plan for one GPU.', zh: '经验数据保存在主机内存，推理引擎为独立进程。单卡方案不含 ZeRO 通信桶。' }]
}
