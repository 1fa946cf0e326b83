import type { Preference, Reinforcement } from '../../plan/index.ts'

/* How a framework makes log-probabilities of logits. TRL's paths are traced; the others are read in their sources. */

export type Framework = Preference['framework']

export interface LogProbabilityPath {
  /** Of which tokens the head makes logits. */
  readonly tokens: 'completion' | 'all'
  /** Whether 16-bit logits are copied to fp32 first. */
  readonly widens: boolean
  /** selective: TRL's, row by row; log-softmax: of all logits at once; fused: a cross-entropy kernel that keeps logits alone, its gradient beside them or in their place. */
  readonly method: 'selective' | 'log-softmax' | 'fused' | 'fused-in-place'
  /** chunked: TRL's for the log; full: softmax and product of all logits, beside a copy of them; none. */
  readonly entropy: 'chunked' | 'full' | 'none'
  /** By how many bytes per logit the path may be off either way; 0: traced. */
  readonly spread: number
  readonly source: string
}

const TRL: LogProbabilityPath = { tokens: 'completion', widens: false, method: 'selective', entropy: 'chunked', spread: 0, source: 'trl 1.13.0 trainer/utils.py selective_log_softmax' }
const OPENRLHF: LogProbabilityPath = { tokens: 'all', widens: true, method: 'fused', entropy: 'none', spread: 8, source: 'OpenRLHF 0.11.0 openrlhf/models/utils.py log_probs_from_logits (flash-attn cross entropy; without it log_softmax)' }
const VERL: LogProbabilityPath = { tokens: 'all', widens: false, method: 'fused-in-place', entropy: 'none', spread: 10, source: 'verl 0.10.0.dev verl/utils/torch_functional.py logprobs_from_logits (flash-attn cross entropy, backward in place; with an eager entropy 14 bytes per logit)' }
const DEEPSPEED_CHAT: LogProbabilityPath = { tokens: 'all', widens: false, method: 'log-softmax', entropy: 'none', spread: 6, source: 'DeepSpeedExamples 45b4b715 dschat/rlhf/ppo_trainer.py gather_log_probs (twice as much with compute_fp32_loss)' }
const TORCHTUNE: LogProbabilityPath = { tokens: 'all', widens: false, method: 'log-softmax', entropy: 'none', spread: 4, source: 'torchtune bd2a0fc7 torchtune/rlhf/sequence_processing.py batched_logits_to_logprobs' }

/** Of policy losses. */
export const POLICY_PATHS: Readonly<Record<Framework, LogProbabilityPath>> = {
  'trl': TRL,
  'ms-swift': { ...TRL, spread: 4, source: 'ms-swift 4.5.2 swift/rlhf_trainers/grpo_trainer.py, over TRL’s selective_log_softmax' },
  'llama-factory': { tokens: 'all', widens: true, method: 'log-softmax', entropy: 'full', spread: 6, source: 'trl 0.9.6 trainer/ppo_trainer.py batched_forward_pass and loss, core.py logprobs_from_logits and entropy_from_logits' },
  'openrlhf': OPENRLHF,
  'verl': VERL,
  'deepspeed-chat': DEEPSPEED_CHAT,
  'torchtune': TORCHTUNE
}

/** Of preference losses. */
export const PREFERENCE_PATHS: Readonly<Record<Framework, LogProbabilityPath>> = {
  ...POLICY_PATHS,
  'ms-swift': { ...TRL, spread: 4, source: 'ms-swift 4.5.2 swift/rlhf_trainers/dpo_trainer.py, over TRL’s' },
  'llama-factory': { tokens: 'all', widens: true, method: 'log-softmax', entropy: 'none', spread: 4, source: 'llamafactory 0.9.4 train/dpo/trainer.py concatenated_forward (logits to fp32), train/trainer_utils.py get_batch_logps' }
}

/** A value head over the policy's own blocks is TRL 0.9's, whichever of its users runs it. */
export const policyPathOf = ({ framework, critic }: Reinforcement): LogProbabilityPath =>
  critic?.kind === 'head' && (framework === 'trl' || framework === 'ms-swift') ? POLICY_PATHS['llama-factory'] : POLICY_PATHS[framework]
