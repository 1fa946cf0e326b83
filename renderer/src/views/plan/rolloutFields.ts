import { hasAdapters, LIMITS, POLICY_LOSSES, type Plan } from '#shared/plan/index.ts'
import { setAt } from '../../stores/immutable.ts'
import { linear, log2, type Field } from './field.ts'
import { FRAMEWORKS } from './preferenceFields.ts'

const generates = ({ reinforcement }: Plan) => reinforcement !== undefined
/** Algorithms that compare several completions of a prompt, as many as one likes. */
const groups = ({ algorithm, reinforcement }: Plan) => reinforcement !== undefined && algorithm !== 'ppo' && algorithm !== 'online-dpo'
const isPolicyGradient = ({ algorithm, reinforcement }: Plan) => reinforcement !== undefined && algorithm !== 'online-dpo'

/** A divergence needs something to diverge from: the base under the adapters, or a copy. */
function withBeta (plan: Plan, value: unknown): Plan {
  const written = setAt(plan, 'reinforcement.beta', value)
  return Number(value) > 0 && plan.reinforcement!.reference === 'none'
    ? setAt(written, 'reinforcement.reference', hasAdapters(plan.method) ? 'adapters-off' : 'model')
    : written
}

export const ROLLOUT_FIELDS: readonly Field[] = [
  {
    kind: 'number', path: 'reinforcement.promptLength', section: 'rollout', label: 'rlhf.field.promptLength', help: 'rlhf.help.promptLength', unit: 'unit.tokens',
    shown: generates, scale: log2([128, 32_768], LIMITS.sequenceLength)
  },
  {
    kind: 'number', path: 'reinforcement.completionLength', section: 'rollout', label: 'rlhf.field.completionLength', help: 'rlhf.help.completionLength', unit: 'unit.tokens',
    shown: generates, scale: log2([128, 32_768], LIMITS.sequenceLength)
  },
  { kind: 'number', path: 'reinforcement.groupSize', section: 'rollout', label: 'rlhf.field.groupSize', help: 'rlhf.help.groupSize', shown: groups, scale: log2([1, 64], LIMITS.groupCompletions) },
  {
    kind: 'number', path: 'reinforcement.generationBatch', section: 'rollout', label: 'rlhf.field.generationBatch', help: 'rlhf.help.generationBatch',
    shown: generates, scale: log2([1, 1024], LIMITS.generationBatch)
  },
  { kind: 'number', path: 'reinforcement.beta', section: 'rollout', label: 'rlhf.field.beta', help: 'rlhf.help.beta', shown: generates, scale: linear([0, 0.5], [0, 1000], 0.01), write: withBeta },
  { kind: 'choice', look: 'menu', path: 'reinforcement.framework', section: 'rollout', label: 'rlhf.field.framework', help: 'rlhf.help.framework', advanced: true, shown: generates, options: FRAMEWORKS },
  {
    kind: 'choice', look: 'menu', path: 'reinforcement.loss', section: 'rollout', label: 'rlhf.field.policyLoss', help: 'rlhf.help.policyLoss', advanced: true, shown: isPolicyGradient,
    options: POLICY_LOSSES.map((value) => ({ value, label: () => value }))
  },
  {
    kind: 'choice', look: 'segments', path: 'reinforcement.importance', section: 'rollout', label: 'rlhf.field.importance', help: 'rlhf.help.importance', advanced: true, shown: isPolicyGradient,
    options: [{ value: 'token', label: 'rlhf.option.perToken' }, { value: 'sequence', label: 'rlhf.option.perSequence' }]
  },
  { kind: 'number', path: 'reinforcement.epochs', section: 'rollout', label: 'rlhf.field.epochs', help: 'rlhf.help.epochs', advanced: true, shown: generates, scale: log2([1, 16], LIMITS.epochs) },
  { kind: 'flag', path: 'reinforcement.oldLogProbabilities', section: 'rollout', label: 'rlhf.field.oldLogProbabilities', help: 'rlhf.help.oldLogProbabilities', advanced: true, shown: generates },
  { kind: 'flag', path: 'reinforcement.entropyBonus', section: 'rollout', label: 'rlhf.field.entropyBonus', help: 'rlhf.help.entropyBonus', advanced: true, shown: generates },
  {
    kind: 'open-number', path: 'reinforcement.topEntropy', section: 'rollout', label: 'rlhf.field.topEntropy', help: 'rlhf.help.topEntropy', advanced: true, shown: generates,
    scale: linear([0, 1], [0, 1], 0.05), open: undefined, start: 0.2
  },
  { kind: 'number', path: 'reinforcement.temperature', section: 'rollout', label: 'rlhf.field.temperature', help: 'rlhf.help.temperature', advanced: true, shown: generates, scale: linear([0, 2], [0, 100], 0.1) }
]
