import type { Plan } from '../schema.ts'
import { framework } from './algorithm.ts'
import { adapterType, bf16Autocast, checkpointing, choseFlash, kbitPreparation, kernels, loss, optimizer, packing, padding, routerLoss, sdpa, type Fact, type Profile } from './profile.ts'

const LF = 'llamafactory 0.9.4'

export const llamaFactory: Profile = {
  id: 'llama-factory-0.9',
  name: 'LLaMA-Factory',
  version: `${LF}, transformers 4.57.1, bf16: true`,
  facts: (plan: Plan): Fact[] => [
    { path: 'precision.weights', to: plan.method.kind === 'full' ? 'fp32' : 'bf16', source: plan.method.kind === 'full'
      ? `${LF} model/adapter.py init_adapter: upcasting trainable params to float32 unless pure_bf16`
      : `${LF} hparams/parser.py compute_dtype; model/loader.py loads in it` },
    ...bf16Autocast(`${LF} hparams/parser.py bf16 (its examples set it)`, 'accelerate 1.11.0 utils/operations.py ConvertOutputsToFp32'),
    ...adapterType(plan, 'fp32', `${LF} model/adapter.py _setup_lora_tuning: cast_trainable_params_to_fp32`),
    ...kbitPreparation(plan, false, `${LF} model/model_utils/checkpointing.py prepare_model_for_training: upcast_layernorm False, no prepare_model_for_kbit_training`),
    optimizer({ kind: 'adamw', implementation: 'fused', clipGradNorm: true }, 'transformers 4.57.1 training_args.py default_optim for torch ≥ 2.8; max_grad_norm 1.0'),
    ...checkpointing(plan, 'reentrant', `${LF} hparams/model_args.py disable_gradient_checkpointing False, use_reentrant_gc True`),
    sdpa(plan, 'narrow', `${LF} hparams/model_args.py flash_attn auto: SDPA`),
    ...loss('hugging-face', 'transformers 4.57.1 loss/loss_utils.py ForCausalLMLoss'),
    ...packing(plan, choseFlash(plan.runtime) ? { 'padding-free': 'packed' } : { 'padding-free': 'block-mask', 'packed': 'block-mask' }, `${LF} data/collator.py SFTDataCollatorWith4DAttentionMask: neat_packing makes the mask itself unless FlashAttention 2 runs`),
    padding(plan, 8, `${LF} train/sft/workflow.py pad_to_multiple_of 8`),
    routerLoss(plan, [], `${LF} hparams/model_args.py moe_aux_loss_coef None`),
    kernels([], `${LF} hparams/model_args.py enable_liger_kernel False`),
    ...framework(plan, 'llama-factory', `${LF} train/dpo/trainer.py, train/ppo/trainer.py`)
  ],
  notes: ({ method, data }) => [...method.kind === 'freeze'
    ? [{ en: 'Trained blocks are fp32 over frozen bf16 ones; the plan has one type for both, so add 2 bytes per trained parameter for the weights and, with AdamW, 6 for gradients and states.', zh: '被训练的层为 fp32，其余冻结层为 bf16；方案只有一种类型，因此权重需按每个训练参数另加 2 字节，使用 AdamW 时梯度与状态另加 6 字节。' }]
    : [], ...data.packing && data.packing !== 'wrapped'
    ? [{ en: '0.9.4 refuses neat_packing with transformers 4.53 or newer; packing without it (wrapped here) is free of that.', zh: '0.9.4 在 transformers 4.53 及以上版本会拒绝 neat_packing；普通 packing（此处为 wrapped）不受影响。' }]
    : []]
}
