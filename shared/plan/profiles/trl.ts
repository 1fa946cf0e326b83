import { hasAdapters } from '../defaults.ts'
import { quantizationOf } from '../quantization.ts'
import type { Plan } from '../schema.ts'
import { framework, rollouts, usesEngine } from './algorithm.ts'
import { adapterType, bf16Autocast, checkpointing, kbitPreparation, kernels, loss, optimizer, packing, padding, routerLoss, sdpa, type Fact, type Profile } from './profile.ts'

const TRL = 'trl 1.13.0'

/** TRL replaces the loss only where no adapter is on the head. */
const adaptsHead = ({ method }: Plan): boolean =>
  hasAdapters(method) && (('modulesToSave' in method && method.modulesToSave.includes('lm_head')) || (method.targets !== 'all-linear' && method.targets.includes('lm_head')))

export const trlSft: Profile = {
  id: 'trl-sft-1.13',
  name: 'TRL SFTTrainer',
  version: `${TRL}, transformers 5.18.0, peft 0.21.0`,
  facts: (plan: Plan): Fact[] => [
    { path: 'precision.weights', to: 'fp32', source: `${TRL} trainer/utils.py create_model_from_path: dtype defaults to float32` },
    ...bf16Autocast(`${TRL} trainer/base_config.py bf16 True unless fp16`, 'accelerate 1.15.0 utils/operations.py ConvertOutputsToFp32'),
    ...adapterType(plan, quantizationOf(plan.method) ? 'bf16' : 'fp32', quantizationOf(plan.method)
      ? `${TRL} trainer/sft_trainer.py SFTTrainer.__init__: trained parameters of a quantized model to bfloat16`
      : 'peft 0.21.0 tuners/tuners_utils.py cast_adapter_dtype'),
    ...kbitPreparation(plan, false, `${TRL} trainer/sft_trainer.py: no prepare_model_for_kbit_training`),
    optimizer({ kind: 'adamw', implementation: 'fused', clipGradNorm: true }, 'transformers 5.18.0 training_args.py default_optim for torch ≥ 2.8; max_grad_norm 1.0'),
    ...plan.algorithm === 'ppo' ? checkpointing(plan, 'none', 'trl 1.9.0 experimental/ppo/ppo_trainer.py: never switches checkpointing on') : checkpointing(plan, 'non-reentrant', `${TRL} trainer/base_config.py gradient_checkpointing True; transformers 5.18.0 modeling_utils.py use_reentrant False`),
    sdpa(plan, 'narrow', 'transformers 5.18.0 integrations/sdpa_attention.py sdpa_attention_forward'),
    ...loss(adaptsHead(plan) ? 'trl-nll' : 'trl-chunked', `${TRL} trainer/sft_config.py loss_type "chunked_nll"; not with an adapted lm_head`),
    ...packing(plan, { 'block-mask': 'packed' }, `${TRL} trainer/sft_trainer.py: packing (bfd) and padding_free flatten rows, wrapped cuts them`),
    padding(plan, undefined, `${TRL} trainer/sft_config.py pad_to_multiple_of None`),
    routerLoss(plan, ['sft', 'dpo', 'kto', 'grpo', 'rloo'], `${TRL} trainer/sft_config.py and its like: router_aux_loss_coef 0.001`),
    kernels([], `${TRL} trainer/base_config.py use_liger_kernel False`),
    ...framework(plan, 'trl', `${TRL} trainer/utils.py selective_log_softmax`),
    ...rollouts(plan, usesEngine(plan) ? { 'rollout.share': 0.3, 'rollout.sleep': 'none', 'rollout.place': 'trainer', oldLogProbabilities: true } : {}, `${TRL} trainer/grpo_config.py vllm_mode colocate, vllm_gpu_memory_utilization 0.3, vllm_enable_sleep_mode False, vllm_importance_sampling_correction True`)
  ],
  notes: () => [{ en: 'A model that is passed as an object keeps the type it was loaded in; by name, TRL loads fp32.', zh: '以对象传入的模型保持其加载类型；以名称传入时，TRL 以 fp32 加载。' }]
}
