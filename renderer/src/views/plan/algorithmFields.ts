import { ALGORITHMS, PREFERENCE_LOSSES, ROLLOUT_ALGORITHMS, type Algorithm } from '#shared/plan/index.ts'
import type { Field } from './field.ts'

/** The groups of the algorithm picker, in the order of the schema. */
export const ALGORITHM_GROUPS: readonly { readonly id: 'supervised' | 'preferences' | 'reinforcement', readonly algorithms: readonly Algorithm[] }[] = [
  { id: 'supervised', algorithms: ALGORITHMS.filter((algorithm) => algorithm === 'sft') },
  { id: 'preferences', algorithms: ALGORITHMS.filter((algorithm) => Object.hasOwn(PREFERENCE_LOSSES, algorithm)) },
  { id: 'reinforcement', algorithms: ROLLOUT_ALGORITHMS }
]

export const ALGORITHM_FIELDS: readonly Field[] = [
  { kind: 'algorithm', path: 'algorithm', section: 'algorithm', label: 'rlhf.field.algorithm', help: 'rlhf.help.algorithm' }
]
