import type { Plan } from '../schema.ts'
import { adapterType, bf16Autocast, checkpointing, isFrozen, kbitPreparation, kernels, loss, optimizer, sdpa, type Fact, type Profile } from './profile.ts'

const UNSLOTH = 'unsloth 2026.10.9'
const ZOO = 'unsloth_zoo 2026.10.9'

export const unsloth: Profile = {
  id: 'unsloth-2026.10',
  name: 'Unsloth',
  version: `${UNSLOTH}, ${ZOO}`,
  facts: (plan: Plan): Fact[] => [
    { path: 'precision.weights', to: isFrozen(plan) ? 'bf16' : 'fp32', source: isFrozen(plan)
      ? `${UNSLOTH} models/llama.py from_pretrained: bfloat16 where the GPU has it`
      : `${ZOO} training_utils.py prepare_model_for_training: float32_mixed_precision` },
    ...bf16Autocast(`${UNSLOTH} models/rl.py: bf16 follows the model’s type`, 'accelerate 1.15.0 utils/operations.py ConvertOutputsToFp32'),
    ...adapterType(plan, 'fp32', `${ZOO} training_utils.py prepare_model_for_training: float32_mixed_precision True`),
    ...kbitPreparation(plan, false, `${UNSLOTH} models/_utils.py prepare_model_for_kbit_training is its own: it casts trained parameters only`),
    optimizer({ kind: 'adamw-8bit', implementation: 'fused', clipGradNorm: true }, `${UNSLOTH} models/rl.py: optim "adamw_8bit"; transformers max_grad_norm 1.0`),
    ...checkpointing(plan, 'reentrant', `${UNSLOTH} models/llama.py get_peft_model use_gradient_checkpointing "unsloth"; ${ZOO} gradient_checkpointing.py UnslothCheckpointFunction`, 'unsloth'),
    sdpa(plan, 'narrow', `${UNSLOTH} models/llama.py: FlashAttention, xFormers or SDPA`),
    ...loss('unsloth-fused', `${UNSLOTH} models/llama.py: unsloth_fused_ce_loss`),
    kernels(['rms-norm', 'rope', 'swiglu'], `${UNSLOTH} kernels/rms_layernorm.py, rope_embedding.py, swiglu.py`)
  ],
  notes: () => [{
    en: 'Unsloth’s fused LoRA kernels (kernels/fast_lora.py) are not simulated; they keep fewer activations, so expect up to about 1.5 % less.',
    zh: 'Unsloth 的融合 LoRA 算子（kernels/fast_lora.py）未做模拟；其保留的激活值更少，实际约低至多 1.5 %。'
  }]
}
