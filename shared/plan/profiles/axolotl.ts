import type { Plan } from '../schema.ts'
import { adapterType, bf16Autocast, checkpointing, kbitPreparation, kernels, loss, optimizer, packing, padding, sdpa, type Fact, type Profile } from './profile.ts'

const AXOLOTL = 'axolotl 0.19.0'

export const axolotl: Profile = {
  id: 'axolotl-0.19',
  name: 'axolotl',
  version: `${AXOLOTL}, transformers 5.16.1, peft 0.20.0`,
  facts: (plan: Plan): Fact[] => [
    { path: 'precision.weights', to: 'bf16', source: `${AXOLOTL} loaders/model.py: loads in cfg.torch_dtype, bf16 with bf16: auto or true` },
    ...bf16Autocast(`${AXOLOTL} core/builders/base.py passes bf16 to the Trainer`, 'accelerate 1.13.0 utils/operations.py ConvertOutputsToFp32'),
    ...adapterType(plan, 'fp32', `${AXOLOTL} loaders/adapter.py: peft’s autocast_adapter_dtype unless peft_autocast_adapter_dtype is set`),
    ...kbitPreparation(plan, false, `${AXOLOTL} loaders/model.py: prepare_model_for_kbit_training, then _convert_embedding_modules_dtype back to torch_dtype`),
    optimizer({ kind: 'adamw', implementation: 'fused', clipGradNorm: true }, `${AXOLOTL} utils/schemas/training.py optimizer "adamw_torch_fused"; transformers 5.16.1 max_grad_norm 1.0`),
    ...checkpointing(plan, 'none', `${AXOLOTL} utils/schemas/config.py gradient_checkpointing False; core/builders/base.py would use use_reentrant False`),
    sdpa(plan, 'narrow', 'transformers 5.16.1 integrations/sdpa_attention.py, unless an attention is chosen'),
    ...loss('hugging-face', 'transformers 5.16.1 loss/loss_utils.py ForCausalLMLoss'),
    ...packing(plan, { 'padding-free': 'packed', 'block-mask': 'packed' }, `${AXOLOTL} core/builders/causal.py sample_packing, off by default`),
    padding(plan, 64, `${AXOLOTL} core/builders/causal.py pad_to_multiple_of 64 unless set`),
    kernels([], `${AXOLOTL} integrations/liger: a plugin, off by default`)
  ],
  notes: ({ data, runtime }) => [...data.packing && data.microBatch > 1 && runtime.attention === 'efficient'
    ? [{ en: 'With SDPA axolotl packs every row by itself (multipack_real_batches); simulated is one row of the whole micro-batch, whose mask is larger.', zh: '使用 SDPA 时 axolotl 逐行打包（multipack_real_batches）；此处按整个微批为一行模拟，其掩码更大。' }]
    : [], { en: 'The examples of axolotl set gradient_checkpointing: true, which is off by default.', zh: 'axolotl 的示例会设置 gradient_checkpointing: true，而其默认值为关闭。' }]
}
