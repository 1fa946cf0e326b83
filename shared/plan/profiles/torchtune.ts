import type { Plan } from '../schema.ts'
import { framework } from './algorithm.ts'
import { adapterType, checkpointing, choseFlash, kbitPreparation, kernels, loss, optimizer, packing, padding, sdpa, type Fact, type Profile } from './profile.ts'

const TUNE = 'torchtune 0.6.1'
const FULL_CONFIG = `${TUNE} recipes/configs/llama3_1/8B_full_single_device.yaml`
const LORA_CONFIG = `${TUNE} recipes/configs/llama3_1/8B_lora_single_device.yaml`

/** The single-device recipes with their Llama 3.1 8B configurations. */
export const torchtune: Profile = {
  id: 'torchtune-0.6',
  name: 'torchtune',
  version: `${TUNE}, single-device recipes`,
  facts: (plan: Plan): Fact[] => {
    const config = plan.method.kind === 'full' ? FULL_CONFIG : LORA_CONFIG
    return [
      { path: 'precision.weights', to: 'bf16', source: `${config} dtype: bf16` },
      { path: 'precision.autocast', to: 'none', source: `${config} dtype: bf16 is the type of everything` },
      { path: 'precision.outputsToFp32', to: false, source: `${TUNE} recipes/lora_finetune_single_device.py: no accelerate` },
      ...adapterType(plan, 'bf16', `${TUNE} training/precision.py set_default_dtype while the model is made`),
      ...kbitPreparation(plan, false, `${TUNE} modules/peft/lora.py: NF4 weights, the rest in bf16`),
      plan.method.kind === 'full'
        ? optimizer({ kind: 'paged-adamw-8bit', implementation: 'fused', ...(plan.data.gradientAccumulation === 1 ? { inBackward: true } : {}) }, `${config} PagedAdamW8bit, optimizer_in_bwd: True (without accumulation)`)
        : optimizer({ kind: 'adamw', implementation: 'fused' }, `${config} torch.optim.AdamW fused: True, clip_grad_norm: null`),
      ...checkpointing(plan, 'non-reentrant', `${config} enable_activation_checkpointing: True; training/memory.py apply_activation_checkpointing`),
      plan.data.packing ? { path: 'runtime.attention', to: choseFlash(plan.runtime) ? plan.runtime.attention : 'flash', source: `${TUNE} modules/attention_utils.py packed_block_causal_mask: flex attention` } : sdpa(plan, 'narrow', `${TUNE} modules/attention_utils.py _sdpa_or_flex_attention`),
      ...loss('torchtune-linear', `${TUNE} modules/loss: chunked cross entropy in 8 chunks`),
      ...packing(plan, { 'padding-free': 'packed', 'block-mask': 'packed' }, `${TUNE} datasets/_packed.py PackedDataset, packed: False by default`),
      padding(plan, undefined, `${TUNE} data/_collate.py padded_collate_sft: to the longest`),
      kernels([], `${TUNE} modules/rms_norm.py, feed_forward.py: plain PyTorch`),
      ...framework(plan, 'torchtune', `${TUNE} rlhf/sequence_processing.py batched_logits_to_logprobs`)
    ]
  },
  notes: ({ data }) => [...data.packing
    ? [{ en: 'Packed datasets run in flex attention, whose block mask takes little; it is simulated as FlashAttention.', zh: '打包数据集使用 flex attention，其分块掩码占用很小；此处按 FlashAttention 模拟。' }]
    : [], {
    en: 'torchtune runs model code of its own; its blocks are simulated as those of transformers. CEWithChunkedOutputLoss of 0.6 keeps the logits of all chunks: up to 2 bytes per token and vocabulary entry more than LinearCrossEntropyLoss, which is simulated.',
    zh: 'torchtune 使用自有模型代码，其各层按 transformers 模拟。0.6 版的 CEWithChunkedOutputLoss 会保留所有分块的 logits：与所模拟的 LinearCrossEntropyLoss 相比，每个词元与词表项最多多 2 字节。'
  }]
}
