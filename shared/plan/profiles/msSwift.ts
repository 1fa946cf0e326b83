import type { Plan } from '../schema.ts'
import { framework, rollouts, usesEngine } from './algorithm.ts'
import { adapterType, bf16Autocast, checkpointing, choseFlash, kbitPreparation, kernels, loss, optimizer, packing, padding, sdpa, type Fact, type Profile } from './profile.ts'

const SWIFT = 'ms-swift 4.5.2'

export const msSwift: Profile = {
  id: 'ms-swift-4.5',
  name: 'ms-swift',
  version: `${SWIFT}, transformers 5.18.0`,
  facts: (plan: Plan): Fact[] => [
    { path: 'precision.weights', to: 'bf16', source: `${SWIFT} swift/arguments: torch_dtype of the config, bf16` },
    ...bf16Autocast(`${SWIFT} swift/arguments: bf16 where torch_dtype is`, 'accelerate 1.15.0 utils/operations.py ConvertOutputsToFp32'),
    ...adapterType(plan, 'fp32', 'peft 0.21.0 tuners/tuners_utils.py cast_adapter_dtype'),
    ...kbitPreparation(plan, false, `${SWIFT} swift/tuners: no prepare_model_for_kbit_training`),
    optimizer({ kind: 'adamw', implementation: 'fused', clipGradNorm: true }, 'transformers 5.18.0 training_args.py default_optim for torch ≥ 2.8; max_grad_norm 1.0'),
    ...checkpointing(plan, 'non-reentrant', `${SWIFT} swift/arguments: gradient_checkpointing True`),
    plan.data.packing && plan.data.packing !== 'wrapped' ? { path: 'runtime.attention', to: choseFlash(plan.runtime) ? plan.runtime.attention : 'flash', source: `${SWIFT} swift/arguments/sft_args.py _check_padding_free: packing needs a flash attention` } : sdpa(plan, 'narrow', `${SWIFT} swift/arguments: attn_impl of transformers`),
    ...packing(plan, { 'block-mask': 'packed' }, `${SWIFT} swift/arguments/sft_args.py: packing and padding_free flatten rows`),
    padding(plan, undefined, `${SWIFT} swift/trainers/mixin.py data_collator: padding_to only for LongLoRA`),
    ...loss('hugging-face', 'transformers 5.18.0 loss/loss_utils.py ForCausalLMLoss'),
    kernels([], `${SWIFT} swift/arguments: use_liger_kernel False`),
    ...framework(plan, 'ms-swift', `${SWIFT} swift/rlhf_trainers, over trl 1.13.0`),
    ...rollouts(plan, usesEngine(plan) ? { 'rollout.share': 0.9, 'rollout.sleep': 'none', 'rollout.place': 'trainer' } : {}, `${SWIFT} swift/arguments: vllm_mode colocate, vllm_gpu_memory_utilization 0.9, sleep_level 0`)
  ],
  notes: () => []
}
