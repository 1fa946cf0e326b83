import { defaultMethod, defaultPlan, type Plan } from '#shared/plan/index.ts'

export const EXAMPLE_IDS = ['lora', 'lora-checkpointing', 'full', 'qlora'] as const
export type ExampleId = (typeof EXAMPLE_IDS)[number]

const llama31 = defaultPlan('meta-llama/Llama-3.1-8B')
const lora: Plan = {
  ...llama31,
  data: { ...llama31.data, microBatch: 4 },
  runtime: { ...llama31.runtime, checkpointing: 'none' }
}
const llama = defaultPlan('huggyllama/llama-7b')
const qwen = defaultPlan('Qwen/Qwen2.5-7B')

/** Plans with known answers, to start from. Each is a complete plan, not a difference to a default. */
export const EXAMPLES: Readonly<Record<ExampleId, Plan>> = {
  lora,
  'lora-checkpointing': { ...lora, runtime: { ...lora.runtime, checkpointing: 'non-reentrant' } },
  full: {
    ...llama,
    method: defaultMethod('full'),
    precision: { weights: 'bf16', autocast: 'none', outputsToFp32: false },
    runtime: { ...llama.runtime, checkpointing: 'none' }
  },
  qlora: {
    ...qwen,
    method: defaultMethod('qlora'),
    data: { ...qwen.data, microBatch: 2 },
    runtime: { ...qwen.runtime, checkpointing: 'non-reentrant' }
  }
}
