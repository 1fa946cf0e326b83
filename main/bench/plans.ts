import type { Plan } from '#shared/plan/index.ts'
import {
  BF16_AUTOCAST, FP32_AUTOCAST, FULL, LLAMA_2_70B, LLAMA_3_8B, LLAMA_7B, lora, MISTRAL_7B, planOf, QWEN_25_7B, qlora
} from '#shared/memory/fixtures/plans.ts'

const checkpointing = { checkpointing: 'non-reentrant' } as const

/** A dozen plans that people run, from the smallest graph to the largest. */
export const BENCH_PLANS: Readonly<Record<string, Plan>> = {
  'LLaMA-7B full bf16': planOf(LLAMA_7B, FULL),
  'LLaMA-7B full bf16, checkpointed': planOf(LLAMA_7B, FULL, { runtime: checkpointing }),
  'LLaMA-7B full fp32 + autocast, checkpointed': planOf(LLAMA_7B, FULL, { precision: FP32_AUTOCAST, runtime: checkpointing }),
  'LLaMA-7B full bf16, 8 micro-batches': planOf(LLAMA_7B, FULL, { data: { gradientAccumulation: 8 }, runtime: checkpointing }),
  'Llama-3.1-8B LoRA q v': planOf(LLAMA_3_8B, lora(), { precision: BF16_AUTOCAST, data: { microBatch: 4 } }),
  'Llama-3.1-8B LoRA q v, checkpointed': planOf(LLAMA_3_8B, lora(), { precision: BF16_AUTOCAST, data: { microBatch: 4 }, runtime: checkpointing }),
  'Llama-3.1-8B LoRA all-linear, reentrant': planOf(LLAMA_3_8B, lora({ targets: 'all-linear' }), { precision: BF16_AUTOCAST, runtime: { checkpointing: 'reentrant' } }),
  'Llama-3.1-8B LoRA all-linear, dropout, padding': planOf(LLAMA_3_8B, lora({ targets: 'all-linear', dropout: 0.05 }), { precision: BF16_AUTOCAST, data: { microBatch: 4, padding: true }, runtime: checkpointing }),
  'Mistral-7B full, Liger': planOf(MISTRAL_7B, FULL, { precision: BF16_AUTOCAST, runtime: { ...checkpointing, loss: 'liger-fused-linear', fusedKernels: ['rms-norm', 'rope', 'swiglu'] } }),
  'Qwen2.5-7B QLoRA all-linear, checkpointed': planOf(QWEN_25_7B, qlora(), { precision: BF16_AUTOCAST, data: { microBatch: 2 }, runtime: checkpointing }),
  'Llama-2-70B QLoRA, checkpointed (80 layers)': planOf(LLAMA_2_70B, qlora(), { precision: BF16_AUTOCAST, data: { sequenceLength: 4096 }, runtime: checkpointing }),
  'Llama-2-70B full bf16, checkpointed (80 layers)': planOf(LLAMA_2_70B, FULL, { runtime: checkpointing })
}
