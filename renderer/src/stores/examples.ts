import { defaultMethod, defaultPlan, withAlgorithm, type Plan } from '#shared/plan/index.ts'

export const EXAMPLE_IDS = ['lora', 'lora-checkpointing', 'full', 'qlora', 'dpo', 'ppo', 'grpo'] as const
export type ExampleId = (typeof EXAMPLE_IDS)[number]

const llama31 = defaultPlan('meta-llama/Llama-3.1-8B')
const lora: Plan = {
  ...llama31,
  data: { ...llama31.data, microBatch: 4 },
  runtime: { ...llama31.runtime, checkpointing: 'none' }
}
const llama = defaultPlan('huggyllama/llama-7b')
const qwen = defaultPlan('Qwen/Qwen2.5-7B')

const dpo = withAlgorithm({ ...llama31, data: { ...llama31.data, microBatch: 2 } }, 'dpo')
const ppo = withAlgorithm({ ...llama, data: { ...llama.data, microBatch: 4 } }, 'ppo')
const grpo = withAlgorithm({ ...qwen, data: { ...qwen.data, microBatch: 4 } }, 'grpo')

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
  },
  /** Pairs against the base under the adapters: no second model. */
  dpo,
  /** One model on one card: a value head over the policy, the reference under its adapters, rewards from a model of its own. */
  ppo: {
    ...ppo,
    reinforcement: {
      ...ppo.reinforcement!,
      generationBatch: 16,
      reward: { kind: 'model', weights: 'bf16', place: 'device', between: 'device' }
    }
  },
  /** vLLM beside the trainer on one 80 GB card, asleep while the policy learns. */
  grpo: {
    ...grpo,
    reinforcement: {
      ...grpo.reinforcement!,
      promptLength: 1024,
      completionLength: 2048,
      generationBatch: 32,
      beta: 0.04,
      reference: 'adapters-off',
      rollout: { ...grpo.reinforcement!.rollout, engine: 'vllm', share: 0.4, sleep: 'discarded' }
    }
  }
}
