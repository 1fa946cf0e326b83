import { parameterCount } from '../../architecture/index.ts'
import { findModel, models, type CatalogModel } from '../../catalog/index.ts'
import { hasAdapters, type FrozenRole, type ModelReference, type Plan, type Reinforcement } from '../../plan/index.ts'

/* What preference training and RLHF can do besides: the usual practice of those who run them. */

export const ALGORITHM_LEVERS = [
  'shared-reference', 'precomputed-reference', 'quantized-reference', 'reference-on-host', 'no-reference',
  'smaller-reward', 'quantized-reward', 'reward-on-host', 'critic-head', 'engine-sleep', 'states-on-host', 'shorter-completions', 'smaller-generation'
] as const
export type AlgorithmLever = (typeof ALGORITHM_LEVERS)[number]

export const isAlgorithmLever = (lever: string): lever is AlgorithmLever => (ALGORITHM_LEVERS as readonly string[]).includes(lever)

/** The plan changed by a lever of its algorithm; null where it has nothing to change. */
export function pullAlgorithm (lever: AlgorithmLever, plan: Plan): Plan | null {
  const { preference, reinforcement: r } = plan
  const isOwnModel = (preference ?? r)?.reference === 'model' && (r ? r.beta > 0 : true)
  switch (lever) {
    case 'shared-reference': return isOwnModel && hasAdapters(plan.method) ? withReference(plan, 'adapters-off') : null
    case 'precomputed-reference': return preference && (preference.reference === 'model' || preference.reference === 'adapters-off') ? withReference(plan, 'precomputed') : null
    case 'quantized-reference': return isOwnModel ? withReferenceModel(plan, (role) => role.quantization ? null : { ...role, quantization: { type: 'nf4', doubleQuantization: true } }) : null
    case 'reference-on-host': return isOwnModel ? withReferenceModel(plan, (role) => role.between === 'host' ? null : { ...role, between: 'host' }) : null
    case 'no-reference': return r && r.beta > 0 && r.reference !== 'none' ? { ...plan, reinforcement: { ...r, beta: 0, reference: 'none' } } : null
    case 'smaller-reward': return withReward(plan, (role) => withSmallerModel(role, plan))
    case 'quantized-reward': return withReward(plan, (role) => role.quantization ? null : { ...role, quantization: { type: 'nf4', doubleQuantization: true } })
    case 'reward-on-host': return withReward(plan, (role) => role.between === 'host' ? null : { ...role, between: 'host' })
    case 'critic-head': return r?.critic?.kind === 'model' ? { ...plan, reinforcement: { ...r, critic: { kind: 'head' } } } : null
    case 'engine-sleep': return r && sharesGpu(r) && r.rollout.sleep === 'none' ? { ...plan, reinforcement: { ...r, rollout: { ...r.rollout, sleep: 'discarded' } } } : null
    case 'states-on-host': return r && sharesGpu(r) && r.offloadWhileGenerating === 'none' ? { ...plan, reinforcement: { ...r, offloadWhileGenerating: 'optimizer' } } : null
    case 'shorter-completions': return r && r.completionLength >= 2 ? { ...plan, reinforcement: { ...r, completionLength: Math.ceil(r.completionLength / 2) } } : null
    case 'smaller-generation': return r ? halvedGeneration(plan, r) : null
  }
}

const sharesGpu = ({ rollout }: Reinforcement): boolean => rollout.engine !== 'hugging-face' && rollout.place !== 'elsewhere'

function withReference (plan: Plan, reference: NonNullable<Plan['preference']>['reference']): Plan {
  const { preference, reinforcement } = plan
  const without = <T extends { referenceModel?: unknown }>({ referenceModel: _, ...rest }: T): Omit<T, 'referenceModel'> => rest
  if (preference) return { ...plan, preference: { ...without(preference), reference } }
  return { ...plan, reinforcement: { ...without(reinforcement!), reference } }
}

function withReferenceModel (plan: Plan, change: (role: FrozenRole) => FrozenRole | null): Plan | null {
  const section = plan.preference ? 'preference' : 'reinforcement'
  const role = plan[section]!.referenceModel ?? { weights: plan.precision.weights, place: 'device', between: 'device' }
  const changed = role.place === 'device' ? change(role) : null
  return changed && { ...plan, [section]: { ...plan[section]!, referenceModel: changed } }
}

function withReward (plan: Plan, change: (role: FrozenRole) => FrozenRole | null): Plan | null {
  const { reinforcement } = plan
  if (reinforcement?.reward.kind !== 'model' || reinforcement.reward.place !== 'device') return null
  const { kind, ...role } = reinforcement.reward
  const changed = change(role)
  return changed && { ...plan, reinforcement: { ...reinforcement, reward: { kind, ...changed } } }
}

/** A reward model of the same family with at most half the parameters: a score needs no model as large as the policy. */
function withSmallerModel (role: FrozenRole, plan: Plan): FrozenRole | null {
  const current = idOf(role.model ?? plan.model)
  const model = current === null ? null : findModel(current)
  if (!model) return null
  const limit = sizeOf(model) / 2
  const smaller = models
    .filter((other) => other.family === model.family && sizeOf(other) <= limit)
    .reduce<CatalogModel | null>((best, other) => best && sizeOf(best) >= sizeOf(other) ? best : other, null)
  return smaller && { ...role, model: { id: smaller.id } }
}

const sizeOf = ({ architecture }: CatalogModel): number => parameterCount(architecture)?.total ?? Infinity

const idOf = (model: ModelReference): string | null => 'id' in model ? model.id : null

/** Half the completions at a time, in whole groups and micro-batches. */
function halvedGeneration (plan: Plan, r: Reinforcement): Plan | null {
  const half = r.generationBatch / 2
  const fits = Number.isInteger(half) && half % r.groupSize === 0 && half % plan.data.microBatch === 0
  return fits ? { ...plan, reinforcement: { ...r, generationBatch: half } } : null
}
