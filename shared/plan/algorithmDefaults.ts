import { PREFERENCE_LOSSES, usesPreferences, usesRollouts, type Algorithm, type Preference, type PreferenceAlgorithm, type Reinforcement, type RolloutAlgorithm } from './algorithms.ts'
import { hasAdapters } from './defaults.ts'
import type { Plan } from './schema.ts'

/** Algorithms with a frozen reference by default. */
const WITH_REFERENCE: ReadonlySet<Algorithm> = new Set(['dpo', 'kto', 'bco'])

/** TRL 1.13's defaults; adapters serve as their own reference. */
export function defaultPreference (algorithm: PreferenceAlgorithm, method: Plan['method']): Preference {
  return {
    framework: 'trl',
    loss: PREFERENCE_LOSSES[algorithm][0],
    reference: !WITH_REFERENCE.has(algorithm) ? 'none' : hasAdapters(method) ? 'adapters-off' : 'model',
    completionShare: 0.5
  }
}

/** TRL 1.13's GRPOConfig and RLOOConfig (num_generations 8 and 2, beta 0 and 0.05); for PPO TRL 1.9's and LLaMA-Factory's value head. */
export function defaultReinforcement (algorithm: RolloutAlgorithm, method?: Plan['method']): Reinforcement {
  const beta = algorithm === 'grpo' || algorithm === 'remax' ? 0 : 0.05
  const reference = beta === 0 ? 'none' : method && hasAdapters(method) ? 'adapters-off' : 'model'
  return {
    framework: 'trl',
    promptLength: 512,
    completionLength: 512,
    groupSize: algorithm === 'ppo' ? 1 : algorithm === 'grpo' ? 8 : 2,
    generationBatch: 8,
    epochs: algorithm === 'ppo' ? 4 : 1,
    loss: algorithm === 'grpo' ? 'dapo' : 'grpo',
    importance: algorithm === 'rloo' ? 'sequence' : 'token',
    beta,
    reference,
    oldLogProbabilities: algorithm === 'ppo' || algorithm === 'rloo',
    entropyBonus: false,
    temperature: 1,
    ...(algorithm === 'ppo' ? { critic: { kind: 'head' as const } } : {}),
    reward: { kind: 'function' },
    rollout: {
      engine: 'hugging-face', place: 'trainer', share: 0.3, sleep: 'none', weights: 'bf16', cache: 'bf16', tensorParallel: 1, cudaGraphs: true, cacheKind: 'dynamic'
    },
    offloadWhileGenerating: 'none'
  }
}

/** Only supervised fine-tuning packs samples and sees images, and answers that are generated have lengths of their own. */
function rowsFor ({ packing, lengths, images, ...data }: Plan['data'], algorithm: Algorithm): Plan['data'] {
  return { ...data, ...(packing && algorithm === 'sft' ? { packing } : {}), ...(lengths && !usesRollouts(algorithm) ? { lengths } : {}), ...(images && algorithm === 'sft' ? { images } : {}) }
}

/** The plan with another algorithm, and the defaults of what that needs; sections of others are dropped. */
export function withAlgorithm (plan: Plan, algorithm: Algorithm): Plan {
  const { preference: _, reinforcement: __, vision, ...rest } = plan
  return {
    ...rest,
    algorithm,
    data: rowsFor(plan.data, algorithm),
    ...(vision && algorithm === 'sft' ? { vision } : {}),
    ...(usesPreferences(algorithm) ? { preference: plan.algorithm === algorithm && plan.preference ? plan.preference : defaultPreference(algorithm, plan.method) } : {}),
    ...(usesRollouts(algorithm) ? { reinforcement: plan.algorithm === algorithm && plan.reinforcement ? plan.reinforcement : defaultReinforcement(algorithm, plan.method) } : {})
  }
}
