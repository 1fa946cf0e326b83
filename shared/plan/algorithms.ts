import * as v from 'valibot'
import { FloatTypeSchema } from './floatTypes.ts'
import { range, share } from './limits.ts'
import { ModelSchema } from './modelSchema.ts'
import { QuantizationSchema } from './quantizationSchema.ts'

/* What is trained for, beyond next-token prediction: preferences between given answers, and rewards of generated ones. */

export const ALGORITHMS = [
  'sft',
  'reward-model', 'prm', 'dpo', 'kto', 'bco', 'orpo', 'cpo',
  'online-dpo', 'ppo', 'grpo', 'rloo', 'reinforce-plus-plus', 'remax'
] as const
export type Algorithm = (typeof ALGORITHMS)[number]

/** Algorithms that learn from given answers, and their losses as TRL 1.13 names them. SimPO is CPO with the loss `simpo`. */
export const PREFERENCE_LOSSES = {
  'reward-model': ['bradley-terry'],
  'prm': ['token-classification'],
  'dpo': [
    'sigmoid', 'hinge', 'ipo', 'exo_pair', 'nca_pair', 'robust', 'bco_pair', 'sppo_hard', 'aot', 'aot_unpaired', 'apo_zero', 'apo_down',
    'discopop', 'sft', 'sigmoid_norm'
  ],
  'kto': ['kto', 'apo_zero_unpaired'],
  'bco': ['bco'],
  'orpo': ['orpo'],
  'cpo': ['sigmoid', 'hinge', 'ipo', 'simpo']
} as const
export type PreferenceAlgorithm = keyof typeof PREFERENCE_LOSSES

/** Algorithms whose policy generates the answers that it learns from. `online-dpo` compares two of them. */
export const ROLLOUT_ALGORITHMS = ['online-dpo', 'ppo', 'grpo', 'rloo', 'reinforce-plus-plus', 'remax'] as const
export type RolloutAlgorithm = (typeof ROLLOUT_ALGORITHMS)[number]

export const usesPreferences = (algorithm: Algorithm): algorithm is PreferenceAlgorithm => Object.hasOwn(PREFERENCE_LOSSES, algorithm)
export const usesRollouts = (algorithm: Algorithm): algorithm is RolloutAlgorithm => (ROLLOUT_ALGORITHMS as readonly string[]).includes(algorithm)

/** Algorithms that compare two answers: a micro-batch of b pairs is 2·b sequences for the model. */
export const PAIRED: ReadonlySet<Algorithm> = new Set(['reward-model', 'dpo', 'orpo', 'cpo', 'online-dpo'])

/** Whose code computes losses and log-probabilities: the dtype of logits, what is kept until the backward pass, which passes run. */
export const ALGORITHM_FRAMEWORKS = ['trl', 'llama-factory', 'openrlhf', 'verl', 'deepspeed-chat', 'ms-swift', 'torchtune'] as const

/**
 * What the policy is held near. model: frozen weights of its own; adapters-off: the base under the policy's own adapters;
 * precomputed: log-probabilities computed before training; none: the loss has no reference (or a coefficient of 0).
 */
export const REFERENCES = ['model', 'adapters-off', 'precomputed', 'none'] as const

/** A model beside the policy that is not trained. */
export const FrozenRoleSchema = v.strictObject({
  /** Absent: the policy's own model as it was. */
  model: v.optional(ModelSchema),
  weights: FloatTypeSchema,
  quantization: v.optional(QuantizationSchema),
  /** device: on the policy's GPU; elsewhere: other GPUs or a service. */
  place: v.picklist(['device', 'elsewhere']),
  /** Where its weights are between its passes: they stay, or go to the host's memory. */
  between: v.picklist(['device', 'host'])
})

export const PreferenceSchema = v.strictObject({
  framework: v.picklist(ALGORITHM_FRAMEWORKS),
  loss: v.pipe(v.string(), v.maxLength(40)),
  reference: v.picklist(REFERENCES),
  /** Of `reference: model`. Absent: the policy's model in the policy's type of weights, resident. */
  referenceModel: v.optional(FrozenRoleSchema),
  /** Share of the tokens that are completion: the others are masked in the loss. */
  completionShare: share,
  /** DPO: LD-DPO's alpha. Absent: off. */
  ldAlpha: v.optional(share),
  /** DPO: WPO's weighting. Absent: off. */
  weighting: v.optional(v.boolean()),
  /** CPO: weight of the likelihood of the chosen answers; 0: that term is not computed. Absent: 1. */
  cpoAlpha: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(1000))),
  /** Reward model: the auxiliary loss that centers rewards. Absent: off. */
  centerRewards: v.optional(v.boolean())
})

export const POLICY_LOSSES = ['grpo', 'bnpo', 'dr_grpo', 'dapo', 'cispo', 'sapo', 'luspo', 'vespo'] as const
export const ROLLOUT_ENGINES = ['hugging-face', 'vllm', 'sglang'] as const

/** What makes the completions. */
export const RolloutSchema = v.strictObject({
  engine: v.picklist(ROLLOUT_ENGINES),
  /** trainer: in the training process (always so for hugging-face); process: its own process on the same GPU, with a CUDA context of its own; elsewhere: other GPUs. */
  place: v.picklist(['trainer', 'process', 'elsewhere']),
  /** vLLM gpu_memory_utilization, SGLang mem_fraction_static: the engine's share of the card. */
  share: v.pipe(v.number(), v.minValue(0.01), v.maxValue(1)),
  /** none: weights and cache stay while training; weights-on-host: level 1; discarded: level 2 (weights come back with the sync). */
  sleep: v.picklist(['none', 'weights-on-host', 'discarded']),
  weights: v.picklist(['bf16', 'fp16', 'fp32', 'fp8']),
  cache: v.picklist(['bf16', 'fp16', 'fp32', 'fp8']),
  /** GPUs that share the engine's weights. */
  tensorParallel: v.picklist([1, 2, 4, 8, 16]),
  cudaGraphs: v.boolean(),
  /** Hugging Face: a cache that grows by concatenation, or one allocated whole. */
  cacheKind: v.picklist(['dynamic', 'static']),
  /** Longest sequence the engine accepts. Absent: prompt and completion together. */
  maxModelLength: v.optional(range('sequenceLength')),
  /** Tokens of a cache block. Absent: 16. */
  blockSize: v.optional(v.picklist([1, 8, 16, 32, 64, 128])),
  /** Completions that the engine works on at a time. Absent: all of the generation batch (Hugging Face), 256 (engines). */
  concurrent: v.optional(range('generationBatch'))
})

/** PPO's value model. head: one more output over the policy's own layers; model: a second trained model. */
export const CriticSchema = v.variant('kind', [
  v.strictObject({ kind: v.literal('head') }),
  v.strictObject({
    kind: v.literal('model'),
    model: v.optional(ModelSchema),
    weights: FloatTypeSchema,
    /** full, or LoRA like the policy's. */
    method: v.picklist(['full', 'lora']),
    place: v.picklist(['device', 'elsewhere'])
  })
])

/** Where rewards come from. adapter: another adapter over the policy's base, with a head. */
export const RewardSchema = v.variant('kind', [
  v.strictObject({ kind: v.literal('function') }),
  v.strictObject({ kind: v.literal('adapter') }),
  v.strictObject({ kind: v.literal('model'), ...FrozenRoleSchema.entries })
])

export const ReinforcementSchema = v.strictObject({
  framework: v.picklist(ALGORITHM_FRAMEWORKS),
  promptLength: range('sequenceLength'),
  completionLength: range('sequenceLength'),
  /** Completions of one prompt (num_generations); 1 for PPO. */
  groupSize: range('groupCompletions'),
  /** Completions that one rollout makes on this GPU: TRL per_device_train_batch_size × steps_per_generation. A micro-batch is `data.microBatch` of them. */
  generationBatch: range('generationBatch'),
  /** Passes over the rollout (num_iterations, PPO epochs). */
  epochs: range('epochs'),
  loss: v.picklist(POLICY_LOSSES),
  /** Whether a ratio is of each token, or of the whole sequence (GSPO). */
  importance: v.picklist(['token', 'sequence']),
  /** Coefficient of the KL divergence; 0: no reference is needed. */
  beta: v.pipe(v.number(), v.minValue(0), v.maxValue(1000)),
  reference: v.picklist(REFERENCES),
  referenceModel: v.optional(FrozenRoleSchema),
  /** A pass that computes the log-probabilities of the policy before the update. */
  oldLogProbabilities: v.boolean(),
  /** An entropy bonus in the loss, with gradient. */
  entropyBonus: v.boolean(),
  /** Share of the tokens with the highest entropy that the loss keeps. Absent: all. */
  topEntropy: v.optional(share),
  /** Sampling temperature: other than 1 the logits are divided by it, in place of a copy. */
  temperature: v.pipe(v.number(), v.minValue(0), v.maxValue(100)),
  critic: v.optional(CriticSchema),
  reward: RewardSchema,
  rollout: RolloutSchema,
  /** Between its updates the policy's optimizer states (and weights) go to the host (verl offload, OpenRLHF enable_sleep). */
  offloadWhileGenerating: v.picklist(['none', 'optimizer', 'optimizer-and-weights'])
})

export type Preference = v.InferOutput<typeof PreferenceSchema>
export type Reinforcement = v.InferOutput<typeof ReinforcementSchema>
export type Rollout = v.InferOutput<typeof RolloutSchema>
export type FrozenRole = v.InferOutput<typeof FrozenRoleSchema>
export type Critic = v.InferOutput<typeof CriticSchema>
export type Reward = v.InferOutput<typeof RewardSchema>
