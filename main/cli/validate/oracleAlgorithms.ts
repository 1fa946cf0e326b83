import { defaultReinforcement, type Algorithm, type FloatType, type Plan, type Preference, type Reinforcement } from '#shared/plan/index.ts'

/* The settings of an oracle row that belong to preferences and rollouts. */

export interface AlgorithmSettings {
  algorithm?: string
  loss_type?: string
  reference?: string
  reference_dtype?: Preference['referenceModel'] extends undefined ? never : NonNullable<Preference['referenceModel']>['weights']
  completion_tokens?: number
  ld_alpha?: number
  use_weighting?: boolean
  cpo_alpha?: number
  center_rewards_coefficient?: number
  seq: number
  batch: number
  prompt_len?: number
  completion_len?: number
  beta?: number
  generation_batch?: number
  old_logps_pass?: boolean
  temperature?: number
  top_entropy_quantile?: number
  entropy_coef?: number
  new_tokens?: number
  reward_model?: boolean
  critic_dtype?: 'bf16' | 'fp32'
  reward_dtype?: 'bf16' | 'fp32'
  importance_sampling_level?: Reinforcement['importance']
}

const ALGORITHMS: Readonly<Record<string, Algorithm>> = { dpo: 'dpo', kto: 'kto', bco: 'bco', orpo: 'orpo', cpo: 'cpo', reward: 'reward-model', prm: 'prm', grpo: 'grpo', rloo: 'rloo' }

const REFERENCES: Readonly<Record<string, Preference['reference']>> = { model: 'model', peft_disabled: 'adapters-off', precomputed: 'precomputed', none: 'none' }

/** Losses of algorithms whose rows do not name one. */
const ONLY_LOSS: Readonly<Partial<Record<Algorithm, string>>> = { 'orpo': 'orpo', 'reward-model': 'bradley-terry', 'prm': 'token-classification', 'bco': 'bco' }

/** The plan's parts for a preference row; null where a plan cannot have it. */
export function preferenceOf (s: AlgorithmSettings): Pick<Plan, 'algorithm' | 'preference'> | null {
  const algorithm = ALGORITHMS[s.algorithm ?? '']
  const reference = REFERENCES[s.reference ?? 'none']
  if (!algorithm || !reference) return null
  return {
    algorithm,
    preference: {
      framework: 'trl',
      loss: ONLY_LOSS[algorithm] ?? s.loss_type ?? 'sigmoid',
      reference,
      ...(s.reference_dtype ? { referenceModel: { weights: s.reference_dtype, place: 'device' as const, between: 'device' as const } } : {}),
      completionShare: (s.completion_tokens ?? s.seq) / s.seq,
      ...(s.ld_alpha === undefined ? {} : { ldAlpha: s.ld_alpha }),
      ...(s.use_weighting ? { weighting: true } : {}),
      ...(s.cpo_alpha === undefined ? {} : { cpoAlpha: s.cpo_alpha }),
      ...(s.center_rewards_coefficient ? { centerRewards: true } : {})
    }
  }
}

/** The same for GRPO and RLOO. */
export function reinforcementOf (s: AlgorithmSettings): Pick<Plan, 'algorithm' | 'reinforcement'> | null {
  const algorithm = ALGORITHMS[s.algorithm ?? '']
  const reference = REFERENCES[s.reference ?? 'none']
  if ((algorithm !== 'grpo' && algorithm !== 'rloo') || !reference) return null
  return {
    algorithm,
    reinforcement: {
      ...defaultReinforcement(algorithm),
      promptLength: s.prompt_len!,
      completionLength: s.completion_len!,
      groupSize: 1,
      generationBatch: s.generation_batch ?? s.batch,
      loss: (s.loss_type ?? 'dapo') as Reinforcement['loss'],
      importance: s.importance_sampling_level ?? 'token',
      beta: s.beta ?? 0,
      reference,
      ...(s.reference_dtype ? { referenceModel: { weights: s.reference_dtype, place: 'device' as const, between: 'device' as const } } : {}),
      oldLogProbabilities: (s.old_logps_pass ?? false) || algorithm === 'rloo',
      entropyBonus: Boolean(s.entropy_coef),
      ...(s.top_entropy_quantile !== undefined && s.top_entropy_quantile < 1 ? { topEntropy: s.top_entropy_quantile } : {}),
      temperature: s.temperature ?? 1
    }
  }
}

/** PPO of TRL 1.9: policy and critic under one loss, everything on one GPU. */
export function ppoOf (s: AlgorithmSettings & { weight_dtype: FloatType }): Pick<Plan, 'algorithm' | 'reinforcement'> {
  const frozen = { place: 'device', between: 'device' } as const
  const base = defaultReinforcement('ppo')
  return {
    algorithm: 'ppo',
    reinforcement: {
      ...base,
      promptLength: s.prompt_len!,
      completionLength: s.completion_len!,
      generationBatch: s.generation_batch ?? s.batch,
      reference: REFERENCES[s.reference ?? 'model']!,
      temperature: s.temperature ?? 0.7,
      critic: { kind: 'model', weights: s.critic_dtype ?? s.weight_dtype, method: 'full', place: 'device' },
      reward: s.reward_model === false ? { kind: 'function' } : { kind: 'model', weights: s.reward_dtype ?? s.weight_dtype, ...frozen },
      rollout: { ...base.rollout, concurrent: s.batch }
    }
  }
}

/** generate() alone: the rollout of a GRPO run whose updates are not looked at. */
export function generationOf (s: AlgorithmSettings): Pick<Plan, 'algorithm' | 'reinforcement'> {
  return {
    algorithm: 'grpo',
    reinforcement: { ...defaultReinforcement('grpo'), promptLength: s.prompt_len!, completionLength: s.new_tokens!, groupSize: 1, generationBatch: s.batch }
  }
}

/** What the tracer calls a phase, and what the engine calls it. */
export const PHASES: Readonly<Record<string, string>> = {
  forward: 'forward', backward: 'backward', optimizer: 'optimizer', loss: 'loss', policy_forward: 'forward', policy_nograd_forward: 'policy-without-gradient',
  reference_nograd_forward: 'reference', old_logps: 'old-log-probabilities', ref_logps: 'reference-log-probabilities', rollout_buffers: 'buffers', prefill: 'prefill', decode: 'decode',
  values: 'values', reward: 'reward', after: 'loss', stats: 'loss'
}
