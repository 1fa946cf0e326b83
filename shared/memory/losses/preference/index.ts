import type { ModelCalls } from '../../algorithms/preference.ts'
import type { Run } from '../../modules/run.ts'
import type { PreferenceAlgorithm } from '../../../plan/index.ts'
import type { Scope, Tensor } from '../../tape/index.ts'
import { dpo } from './dpo.ts'

/** One algorithm's loss: which tensors its batch has, and its code from the batch to the loss. */
export interface PreferenceStep {
  /** int64 tensors of the micro-batch, as long as the token ids. */
  readonly batch: readonly string[]
  /** trl compute_loss: calls the models where the trainer does; the result belongs to `caller`. */
  readonly loss: (caller: Scope, calls: ModelCalls, run: Run) => Tensor
}

export const PREFERENCE_STEPS: Readonly<Record<PreferenceAlgorithm, PreferenceStep>> = {
  'dpo': dpo,
  'kto': dpo,
  'bco': dpo,
  'orpo': dpo,
  'cpo': dpo,
  'reward-model': dpo,
  'prm': dpo
}
