import type { Finish } from '../../modules/families/index.ts'
import type { Run } from '../../modules/run.ts'
import type { Plan, PreferenceAlgorithm } from '../../../plan/index.ts'
import type { Scope, Storage, Tensor } from '../../tape/index.ts'
import { PREFERENCE_PATHS, type Framework } from '../frameworkPaths.ts'
import { dpo } from './dpo.ts'
import { kto } from './kto.ts'
import { oddsRatio } from './oddsRatio.ts'
import { reward } from './reward.ts'
import { wholePreference } from './whole.ts'

/** What a preference loss may ask of the models in the middle of its own code. */
export interface ModelCalls {
  /** The token ids: the index of the log-probabilities that a loss picks. */
  readonly ids: Storage
  /** The policy with a graph: its logits, as the wrapped model returns them, owned by `frame`. */
  readonly policy: (frame: Scope) => Tensor
  /** A pass of the policy without a graph, on as many sequences. */
  readonly policyWithoutGradient: (frame: Scope) => Tensor
  /** The frozen reference, or the policy with its adapters off; without a graph. */
  readonly reference: (frame: Scope) => Tensor
}

/** One algorithm's loss: which tensors its batch has, and its code from the batch to the loss. */
export interface PreferenceStep {
  /** int64 tensors of the micro-batch, as long as the token ids. */
  readonly batch: (plan: Plan) => readonly string[]
  /** What the model's call returns; absent: logits over the vocabulary. */
  readonly finish?: (run: Run, receiver: Scope) => Finish<Tensor>
  /** trl compute_loss: calls the models where the trainer does; the result belongs to `caller`. */
  readonly loss: (caller: Scope, calls: ModelCalls, run: Run) => Tensor
}

const TRL_STEPS: Readonly<Record<PreferenceAlgorithm, PreferenceStep>> = {
  'dpo': dpo,
  'kto': kto,
  'bco': kto,
  'orpo': oddsRatio,
  'cpo': oddsRatio,
  'reward-model': reward,
  'prm': reward
}

/** The plan's loss by its framework's own code; score heads have no other path. */
export function preferenceStep (algorithm: PreferenceAlgorithm, framework: Framework): PreferenceStep {
  const step = TRL_STEPS[algorithm]
  return step === reward || PREFERENCE_PATHS[framework].method === 'selective' ? step : wholePreference
}
