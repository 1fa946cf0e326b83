import { hasAdapters, QUANTIZATION_TYPES, type FrozenRole, type Plan, type Quantization } from '#shared/plan/index.ts'
import { LIMITS } from '#shared/plan/index.ts'
import { quantizationName } from '#shared/report/index.ts'
import type { MessageKey } from '../../i18n/index.ts'
import { getAt, sameJson, setAt } from '../../stores/immutable.ts'
import { ENGINE_FIELDS } from './engineFields.ts'
import { FLOATS, log2, type Field, type Option, type RoleId } from './field.ts'

/* The models beside the policy: a card each. */

type Shown = (plan: Plan) => boolean

const PLACES: readonly Option[] = [{ value: 'device', label: 'rlhf.option.thisGpu' }, { value: 'elsewhere', label: 'rlhf.option.elsewhere' }]
const BETWEEN: readonly Option[] = [{ value: 'device', label: 'rlhf.option.thisGpu' }, { value: 'host', label: 'option.host' }]
const DOUBLE: ReadonlySet<string> = new Set(['nf4', 'fp4'])

const plainRole = ({ precision }: Plan): FrozenRole => ({ weights: precision.weights, place: 'device', between: 'device' })

/** A frozen model is the policy's own, as it was, until something else is said of it: then the document has it whole. */
function writeRole (plan: Plan, at: string, key: string, value: unknown): Plan {
  const kept = getAt(plan, at) as object | undefined
  const next = setAt({ ...plainRole(plan), ...kept }, key, value)
  const isPlain = at.endsWith('referenceModel') && sameJson(next, plainRole(plan))
  return setAt(plan, at, isPlain ? undefined : next)
}

function frozenFields (at: string, role: RoleId, has: Shown): Field[] {
  const field = <K extends keyof FrozenRole>(key: K) => ({
    path: `${at}.${key}`,
    section: 'models' as const,
    role,
    read: (plan: Plan) => (getAt(plan, at) as FrozenRole | undefined ?? plainRole(plan))[key],
    write: (plan: Plan, value: unknown) => writeRole(plan, at, key, value)
  })
  const isHere: Shown = (plan) => has(plan) && field('place').read(plan) === 'device'
  const quantization = (plan: Plan) => field('quantization').read(plan) as Quantization | undefined
  const storedAs = (...types: string[]): Shown => (plan) => isHere(plan) && types.includes(quantization(plan)?.type ?? '')
  return [
    { ...field('model'), kind: 'role-model', label: 'field.model', help: 'rlhf.help.roleModel', shown: has, absent: '' },
    { ...field('place'), kind: 'choice', look: 'segments', label: 'rlhf.field.place', help: 'rlhf.help.place', shown: has, options: PLACES },
    { ...field('weights'), kind: 'choice', look: 'segments', label: 'field.weights', help: 'help.weights', shown: isHere, options: FLOATS },
    {
      ...field('quantization'), path: `${at}.quantization.type`, kind: 'choice', look: 'menu', label: 'field.quantization', help: 'rlhf.help.roleQuantization', absent: 'none', shown: isHere,
      read: (plan) => quantization(plan)?.type,
      write: (plan, type) => writeRole(plan, at, 'quantization', type === undefined ? undefined : { type, doubleQuantization: DOUBLE.has(String(type)) }),
      options: [{ value: 'none', label: 'option.none' }, ...QUANTIZATION_TYPES.map((type): Option => ({ value: type, label: (locale) => quantizationName(type, locale) }))]
    },
    { kind: 'flag', path: `${at}.quantization.doubleQuantization`, section: 'models', role, label: 'field.doubleQuantization', help: 'help.doubleQuantization', advanced: true, shown: storedAs('nf4', 'fp4') },
    {
      kind: 'choice', look: 'segments', path: `${at}.quantization.bits`, section: 'models', role, label: 'field.bits', help: 'help.bits', advanced: true, numeric: true, absent: '4',
      shown: storedAs('gptq', 'hqq'), options: ['2', '3', '4', '8'].map((value) => ({ value, label: () => value }))
    },
    {
      kind: 'number', path: `${at}.quantization.groupSize`, section: 'models', role, label: 'field.groupSize', help: 'help.groupSize', advanced: true,
      absent: (plan) => storedAs('hqq')(plan) ? 64 : 128, shown: storedAs('gptq', 'awq', 'hqq'), scale: log2([32, 1024], LIMITS.groupSize)
    },
    { ...field('between'), kind: 'choice', look: 'segments', label: 'rlhf.field.between', help: 'rlhf.help.between', shown: isHere, options: BETWEEN }
  ]
}

const REFERENCE_NAMES: Readonly<Record<string, MessageKey>> = {
  'model': 'rlhf.option.referenceModel', 'adapters-off': 'rlhf.option.adaptersOff', 'precomputed': 'rlhf.option.precomputed', 'none': 'option.none'
}

/** Losses that are relative to a reference, or a plan that says that it has one. */
const WITH_REFERENCE: ReadonlySet<Plan['algorithm']> = new Set(['dpo', 'kto', 'bco'])

function referenceFields (section: 'preference' | 'reinforcement', shown: Shown): Field[] {
  const chosen = (plan: Plan) => plan[section]?.reference
  const options = (plan: Plan): Option[] => Object.entries(REFERENCE_NAMES)
    .filter(([value]) => value === chosen(plan) || ((value !== 'adapters-off' || hasAdapters(plan.method)) && (value !== 'precomputed' || section === 'preference')))
    .map(([value, label]) => ({ value, label }))
  return [
    {
      kind: 'choice', look: 'menu', path: `${section}.reference`, section: 'models', role: 'reference', label: 'rlhf.field.reference', help: 'rlhf.help.reference', shown, options,
      write: (plan, value) => {
        const written = setAt(plan, `${section}.reference`, value)
        return value === 'model' ? written : setAt(written, `${section}.referenceModel`, undefined)
      }
    },
    ...frozenFields(`${section}.referenceModel`, 'reference', (plan) => shown(plan) && chosen(plan) === 'model')
  ]
}

const critic = ({ reinforcement }: Plan) => reinforcement?.critic
const hasCriticModel: Shown = (plan) => critic(plan)?.kind === 'model'

const CRITIC_FIELDS: readonly Field[] = [
  {
    kind: 'choice', look: 'segments', path: 'reinforcement.critic.kind', section: 'models', role: 'critic', label: 'rlhf.field.critic', help: 'rlhf.help.critic',
    shown: (plan) => plan.algorithm === 'ppo' && plan.reinforcement !== undefined, absent: 'head',
    options: [{ value: 'head', label: 'rlhf.option.valueHead' }, { value: 'model', label: 'rlhf.option.ownModel' }],
    write: (plan, kind) => setAt(plan, 'reinforcement.critic', kind === 'model'
      ? { kind, weights: plan.precision.weights, method: hasAdapters(plan.method) ? 'lora' : 'full', place: 'device' }
      : { kind: 'head' })
  },
  { kind: 'role-model', path: 'reinforcement.critic.model', section: 'models', role: 'critic', label: 'field.model', help: 'rlhf.help.roleModel', shown: hasCriticModel, absent: '' },
  { kind: 'choice', look: 'segments', path: 'reinforcement.critic.place', section: 'models', role: 'critic', label: 'rlhf.field.place', help: 'rlhf.help.place', shown: hasCriticModel, options: PLACES },
  { kind: 'choice', look: 'segments', path: 'reinforcement.critic.method', section: 'models', role: 'critic', label: 'field.method', help: 'rlhf.help.criticMethod', shown: hasCriticModel, options: [{ value: 'full', label: 'option.full' }, { value: 'lora', label: 'option.lora' }] },
  { kind: 'choice', look: 'segments', path: 'reinforcement.critic.weights', section: 'models', role: 'critic', label: 'field.weights', help: 'help.weights', shown: hasCriticModel, options: FLOATS }
]

const REWARD_FIELDS: readonly Field[] = [
  {
    kind: 'choice', look: 'segments', path: 'reinforcement.reward.kind', section: 'models', role: 'reward', label: 'rlhf.field.reward', help: 'rlhf.help.reward',
    shown: ({ reinforcement }) => reinforcement !== undefined,
    options: [{ value: 'function', label: 'rlhf.option.function' }, { value: 'adapter', label: 'rlhf.option.adapter' }, { value: 'model', label: 'rlhf.option.ownModel' }],
    write: (plan, kind) => setAt(plan, 'reinforcement.reward', kind === 'model' ? { kind, ...plainRole(plan) } : { kind })
  },
  ...frozenFields('reinforcement.reward', 'reward', ({ reinforcement }) => reinforcement?.reward.kind === 'model')
]

export const ROLE_FIELDS: readonly Field[] = [
  ...referenceFields('preference', ({ algorithm, preference }) => preference !== undefined && (WITH_REFERENCE.has(algorithm) || preference.reference !== 'none')),
  ...referenceFields('reinforcement', ({ reinforcement }) => reinforcement !== undefined && (reinforcement.beta > 0 || reinforcement.reference !== 'none')),
  ...CRITIC_FIELDS,
  ...REWARD_FIELDS,
  ...ENGINE_FIELDS
]
