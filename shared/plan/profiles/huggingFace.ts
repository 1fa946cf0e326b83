import { quantizationOf } from '../quantization.ts'
import type { Plan } from '../schema.ts'
import { adapterType, bf16Autocast, checkpointing, kbitPreparation, kernels, loss, optimizer, packing, padding, routerLoss, sdpa, type Fact, type Profile } from './profile.ts'

const V5 = 'transformers 5.18.0'
const V4 = 'transformers 4.48.3'
const ACCELERATE = 'accelerate 1.15.0 utils/operations.py ConvertOutputsToFp32'
const PEFT_CASTS = 'peft 0.21.0 tuners/tuners_utils.py cast_adapter_dtype (autocast_adapter_dtype=True)'
const NO_KBIT = (version: string): string => `${version} trainer.py: prepare_model_for_kbit_training is the caller’s`

const NOTES = {
  bf16: { en: 'TrainingArguments(bf16=True) is taken for granted: without it there is no mixed precision.', zh: '假定 TrainingArguments(bf16=True)：否则不启用混合精度。' },
  checkpoints: { en: 'Checkpointing is off unless gradient_checkpointing=True.', zh: '除非 gradient_checkpointing=True，否则不启用梯度检查点。' },
  dtype: { en: 'from_pretrained without torch_dtype loads fp32; QLoRA keeps what is not quantized in fp16.', zh: 'from_pretrained 不传 torch_dtype 时以 fp32 加载；QLoRA 中未量化部分为 fp16。' }
} as const

/** transformers Trainer with bf16=True and otherwise its defaults. */
export const trainer518: Profile = {
  id: 'hf-trainer-5.18',
  name: 'Hugging Face Trainer',
  version: `${V5}, peft 0.21.0, accelerate 1.15.0`,
  facts: (plan: Plan): Fact[] => [
    { path: 'precision.weights', to: 'bf16', source: `${V5} modeling_utils.py from_pretrained: dtype "auto" takes the checkpoint’s own type` },
    ...bf16Autocast(`${V5} training_args.py bf16; accelerate 1.15.0 accelerator.py prepare_model`, ACCELERATE),
    ...adapterType(plan, 'fp32', PEFT_CASTS),
    ...kbitPreparation(plan, false, NO_KBIT(V5)),
    optimizer({ kind: 'adamw', implementation: 'fused', clipGradNorm: true }, `${V5} training_args.py default_optim for torch ≥ 2.8; max_grad_norm 1.0`),
    ...checkpointing(plan, 'none', `${V5} training_args.py gradient_checkpointing False`),
    sdpa(plan, 'narrow', `${V5} integrations/sdpa_attention.py sdpa_attention_forward`),
    ...loss('hugging-face', `${V5} loss/loss_utils.py ForCausalLMLoss`),
    ...packing(plan, { 'packed': 'padding-free', 'block-mask': 'padding-free' }, `${V5} data/data_collator.py DataCollatorWithFlattening`),
    padding(plan, undefined, `${V5} data/data_collator.py: pad_to_multiple_of None`),
    routerLoss(plan, [], `${V5} configurations: output_router_logits False`),
    kernels([], `${V5} training_args.py use_liger_kernel False`)
  ],
  notes: () => [NOTES.bf16, NOTES.checkpoints]
}

export const trainer448: Profile = {
  id: 'hf-trainer-4.48',
  name: 'Hugging Face Trainer',
  version: `${V4}, torch < 2.8`,
  facts: (plan: Plan): Fact[] => [
    quantizationOf(plan.method)
      ? { path: 'precision.weights', to: 'fp16', source: `${V4} quantizers/quantizer_bnb_4bit.py update_torch_dtype` }
      : { path: 'precision.weights', to: 'fp32', source: `${V4} modeling_utils.py from_pretrained: torch_dtype None is fp32` },
    ...bf16Autocast(`${V4} training_args.py bf16; accelerate 1.15.0 accelerator.py prepare_model`, ACCELERATE),
    ...adapterType(plan, 'fp32', PEFT_CASTS),
    ...kbitPreparation(plan, false, NO_KBIT(V4)),
    optimizer({ kind: 'adamw', implementation: 'foreach', clipGradNorm: true }, `${V4} training_args.py default_optim adamw_torch; torch/optim/adam.py foreach on CUDA`),
    ...checkpointing(plan, 'none', `${V4} training_args.py gradient_checkpointing False; modeling_utils.py would use use_reentrant True`),
    sdpa(plan, 'narrow', `${V4} integrations/sdpa_attention.py sdpa_attention_forward`),
    ...loss('hugging-face-shift', `${V4} loss/loss_utils.py ForCausalLMLoss: shift_logits.contiguous()`),
    ...packing(plan, { 'packed': 'padding-free', 'block-mask': 'padding-free' }, `${V4} data/data_collator.py DataCollatorWithFlattening`),
    padding(plan, undefined, `${V4} data/data_collator.py: pad_to_multiple_of None`),
    routerLoss(plan, [], `${V4} configurations: output_router_logits False`),
    kernels([], `${V4} training_args.py use_liger_kernel False`)
  ],
  notes: () => [NOTES.bf16, NOTES.checkpoints, NOTES.dtype]
}
