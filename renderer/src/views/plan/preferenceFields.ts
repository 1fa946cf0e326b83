import { ALGORITHM_FRAMEWORKS, PREFERENCE_LOSSES, usesPreferences, type Plan } from '#shared/plan/index.ts'
import { linear, type Field, type Option } from './field.ts'

const isAlgorithm = (...algorithms: Plan['algorithm'][]) => ({ algorithm, preference }: Plan) => preference !== undefined && algorithms.includes(algorithm)
const compares = ({ preference }: Plan) => preference !== undefined

/** What the frameworks call themselves: the same in every language. */
const FRAMEWORK_NAMES: Readonly<Record<(typeof ALGORITHM_FRAMEWORKS)[number], string>> = {
  'trl': 'TRL', 'llama-factory': 'LLaMA-Factory', 'openrlhf': 'OpenRLHF', 'verl': 'verl', 'deepspeed-chat': 'DeepSpeed-Chat', 'ms-swift': 'ms-swift', 'torchtune': 'torchtune'
}
export const FRAMEWORKS: readonly Option[] = ALGORITHM_FRAMEWORKS.map((value) => ({ value, label: () => FRAMEWORK_NAMES[value] }))

const SIMPO: Option = { value: 'simpo', label: () => 'SimPO' }
const lossesOf = ({ algorithm }: Plan): readonly Option[] =>
  (usesPreferences(algorithm) ? PREFERENCE_LOSSES[algorithm] : []).map((value) => value === 'simpo' ? SIMPO : { value, label: () => value })

/** Algorithms with one loss have nothing to choose. */
const hasLosses = (plan: Plan) => compares(plan) && (lossesOf(plan).length > 1 || !lossesOf(plan).some(({ value }) => value === plan.preference!.loss))

export const PREFERENCE_FIELDS: readonly Field[] = [
  { kind: 'choice', look: 'menu', path: 'preference.loss', section: 'preference', label: 'rlhf.field.preferenceLoss', help: 'rlhf.help.preferenceLoss', shown: hasLosses, options: lossesOf },
  {
    kind: 'number', path: 'preference.completionShare', section: 'preference', label: 'rlhf.field.completionShare', help: 'rlhf.help.completionShare', shown: compares,
    scale: linear([0, 1], [0, 1], 0.05)
  },
  { kind: 'choice', look: 'menu', path: 'preference.framework', section: 'preference', label: 'rlhf.field.framework', help: 'rlhf.help.framework', advanced: true, shown: compares, options: FRAMEWORKS },
  {
    kind: 'open-number', path: 'preference.ldAlpha', section: 'preference', label: 'rlhf.field.ldAlpha', help: 'rlhf.help.ldAlpha', advanced: true, shown: isAlgorithm('dpo'),
    scale: linear([0, 1], [0, 1], 0.05), open: undefined, start: 0.5
  },
  { kind: 'flag', path: 'preference.weighting', section: 'preference', label: 'rlhf.field.weighting', help: 'rlhf.help.weighting', advanced: true, absent: false, shown: isAlgorithm('dpo') },
  {
    kind: 'number', path: 'preference.cpoAlpha', section: 'preference', label: 'rlhf.field.cpoAlpha', help: 'rlhf.help.cpoAlpha', absent: 1, shown: isAlgorithm('cpo'),
    scale: linear([0, 2], [0, 1000], 0.1)
  },
  { kind: 'flag', path: 'preference.centerRewards', section: 'preference', label: 'rlhf.field.centerRewards', help: 'rlhf.help.centerRewards', advanced: true, absent: false, shown: isAlgorithm('reward-model') }
]
