import { defaultMethod, hasAdapters, PAIRED, type FrozenRole, type Method, type ModelReference, type Plan, type PlanProblem, type Quantization } from '../../plan/index.ts'
import { failed, ok, type Result } from '../../units/index.ts'
import { policyPathOf } from '../losses/frameworkPaths.ts'
import { familyOf } from '../modules/families/index.ts'
import { resolveModel } from '../resolveModel.ts'
import type { ResolvedPlan } from '../resolvedPlan.ts'
import { placesOf } from '../training.ts'

/* Each model of an algorithm as a plan of its own: what it runs on, what of it is trained. */

/** Sequences that one model call of a micro-batch sees: pairs count twice. */
export const sequencesOf = ({ algorithm, data }: Plan): number => PAIRED.has(algorithm) ? 2 * data.microBatch : data.microBatch

/** The plan with the tokens that its algorithm runs on. With rollouts they are prompt and completion, and in TRL only the completion gets logits. */
export function policyPlan (plan: Plan): Plan {
  const { reinforcement } = plan
  const data = { ...plan.data, microBatch: sequencesOf(plan) }
  if (!reinforcement) return { ...plan, data }
  const { promptLength, completionLength } = reinforcement
  return { ...plan, data: { ...data, sequenceLength: promptLength + completionLength }, runtime: policyPathOf(reinforcement).tokens === 'all' ? plan.runtime : { ...plan.runtime, logitsToKeep: completionLength + 1 } }
}

export const policyRole = (resolved: ResolvedPlan): ResolvedPlan => ({ ...resolved, plan: policyPlan(resolved.plan) })

/** The models beside the policy that are on its GPU, each resolved; null: there is none, or it is elsewhere. */
export interface Roles {
  readonly reference: ResolvedPlan | null
  readonly reward: ResolvedPlan | null
  readonly critic: ResolvedPlan | null
}

export const NO_ROLES: Roles = { reference: null, reward: null, critic: null }

/** Whether the role's blocks are those of the policy, so that one pattern of repeats serves both. */
export const sharesStack = (role: ResolvedPlan, policy: ResolvedPlan): boolean => role.architecture === policy.architecture

/** Models of one tokenizer pad their tables to different sizes: Qwen2.5 has 151,936 rows or 152,064. */
const PADDED_ROWS = 512

/** Looks up the models of the plan's roles. Problems name the role's field. */
export function resolveRoles (policy: ResolvedPlan): Result<Roles, PlanProblem> {
  const { preference, reinforcement } = policy.plan
  const wantsReference = preference ? preference.reference === 'model' : reinforcement ? reinforcement.reference === 'model' && reinforcement.beta > 0 : false
  const referenceRole = preference?.referenceModel ?? reinforcement?.referenceModel
  const section = preference ? 'preference' : 'reinforcement'
  const reference = wantsReference && referenceRole?.place !== 'elsewhere' ? frozenRole(policy, referenceRole, `${section}.referenceModel.model`, null) : ok(null)
  const { reward: rewardRole, critic: criticRole } = reinforcement ?? {}
  const reward = rewardRole?.kind === 'model' && rewardRole.place === 'device' ? frozenRole(policy, rewardRole, 'reinforcement.reward.model', 'reward-model') : ok(null)
  const critic = criticRole?.kind === 'model' && criticRole.place === 'device' ? criticPlan(policy, criticRole.model, criticRole.weights, criticRole.method) : ok(null)
  const problems = [reference, reward, critic].flatMap((role) => role.ok ? [] : role.problems)
  if (!reference.ok || !reward.ok || !critic.ok) return failed(problems)
  const vocabulary = reference.value?.architecture.vocabSize
  if (vocabulary !== undefined && Math.abs(vocabulary - policy.architecture.vocabSize) > PADDED_ROWS) {
    return failed([{ path: `${section}.referenceModel.model`, code: 'reference-vocabulary', values: { found: vocabulary, expected: policy.architecture.vocabSize, model: policy.modelName } }])
  }
  return ok({ reference: reference.value, reward: reward.value, critic: critic.value })
}

/** Nothing of the model is trained: its last 0 blocks are. */
const NOTHING_TRAINED: Method = { kind: 'freeze', trainableLayers: 0 }

const frozenMethod = (quantization: Quantization | undefined): Method =>
  quantization ? { ...defaultMethod('qlora'), quantization, targets: [], modulesToSave: [], upcastUnquantized: false } as Method : NOTHING_TRAINED

/** A frozen model on the same sequences as the policy. `algorithm` reward-model: a score head in the place of lm_head. */
function frozenRole (policy: ResolvedPlan, role: FrozenRole | undefined, path: string, algorithm: 'reward-model' | null): Result<ResolvedPlan, PlanProblem> {
  const plan = policyPlan(policy.plan)
  const { checkpointOffload: _, checkpointSaves: __, checkpointEvery: ___, ...runtime } = plan.runtime
  return withModel(policy, role?.model, path, {
    ...plan,
    ...(algorithm ? { algorithm } : {}),
    method: frozenMethod(role?.quantization),
    precision: { ...plan.precision, weights: role?.weights ?? plan.precision.weights },
    runtime: { ...runtime, checkpointing: 'none' }
  })
}

/** A trained value model: the policy's plan over another model, with a score head. */
function criticPlan (policy: ResolvedPlan, model: ModelReference | undefined, weights: Plan['precision']['weights'], method: 'full' | 'lora'): Result<ResolvedPlan, PlanProblem> {
  const plan = policyPlan(policy.plan)
  const adapters = hasAdapters(plan.method) ? plan.method : defaultMethod('lora')
  const lora = { ...defaultMethod('lora'), rank: 'rank' in adapters ? adapters.rank : 8, targets: 'targets' in adapters ? adapters.targets : 'all-linear' } as Method
  return withModel(policy, model, 'reinforcement.critic.model', { ...plan, algorithm: 'reward-model', method: method === 'full' ? { kind: 'full' } : lora, precision: { ...plan.precision, weights } })
}

/** The role's own model, or the policy's. */
function withModel (policy: ResolvedPlan, model: ModelReference | undefined, path: string, plan: Plan): Result<ResolvedPlan, PlanProblem> {
  if (!model) return ok({ ...policy, plan, places: placesOf(policy.places, plan), targets: targetsOf(policy, plan.method) })
  const found = resolveModel({ ...plan, model })
  if (!found.ok) return failed(found.problems.map((problem) => ({ ...problem, path: problem.path.replace(/^model/, path) })))
  const { architecture, modelName } = found.value
  const family = familyOf(architecture, modelName)
  if (!family.ok) return failed(family.problems.map((problem) => ({ ...problem, path })))
  const own: ResolvedPlan = {
    ...policy, architecture, modelName, family: family.value,
    plan: { ...plan, model }, places: family.value.layerKinds(architecture, plan).map((kind) => ({ kind, trained: false })), targets: new Set()
  }
  return ok({ ...own, places: placesOf(own.places, plan), targets: targetsOf(own, plan.method) })
}

function targetsOf ({ family, architecture }: ResolvedPlan, method: Method): ReadonlySet<string> {
  if (!('targets' in method)) return new Set()
  const layers = [...family.linearLayers(architecture).keys()]
  return new Set(method.targets === 'all-linear' ? layers : method.targets.filter((name) => layers.includes(name)))
}
