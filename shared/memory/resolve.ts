import { hasAdapters, hasTargets, longestRow, type Method, type Plan, type PlanProblem } from '../plan/index.ts'
import { failed, ok, type Result } from '../units/index.ts'
import { policyPlan, resolveRoles } from './algorithms/roles.ts'
import { checkAlgorithm } from './checkAlgorithm.ts'
import { checkData } from './checkData.ts'
import { checkImages } from './checkImages.ts'
import { checkArchitecture, checkAttention, checkMethod, checkRouterLoss, checkRuntime } from './checkPlan.ts'
import { checkPrefix } from './checkPrefix.ts'
import { imagePartOf } from './modules/vision/index.ts'
import { familyOf } from './modules/families/index.ts'
import { resolveModel } from './resolveModel.ts'
import { checkStackTargets, stackNames, stacksOf, stackTargetsOf } from './stackTargets.ts'
import type { ResolvedPlan } from './resolvedPlan.ts'
import { checkpointsLayer, trainsLayer } from './training.ts'

/** Looks up the model and checks the plan against it. Every problem names its field. */
export function resolvePlan (plan: Plan): Result<ResolvedPlan, PlanProblem> {
  const model = resolveModel(plan)
  if (!model.ok) return model
  const { architecture, modelName } = model.value
  const found = familyOf(architecture, modelName)
  if (!found.ok) return found
  const family = found.value
  const longest: Plan = { ...plan, data: { ...plan.data, sequenceLength: longestRow(plan) } }
  const planned = family.eagerOnly ? { ...longest, runtime: { ...plan.runtime, attention: 'eager' as const } } : longest
  const linearLayers = [...family.linearLayers(architecture, plan.runtime.experts).keys()]
  const stacks = stacksOf(plan, family, architecture)
  const problems = [...checkArchitecture(architecture), ...checkMethod(plan.method, modelName, architecture.layers, linearLayers, stackNames(stacks)), ...checkStackTargets(plan.method, stacks), ...checkRuntime(planned), ...checkAttention(plan, architecture, modelName), ...checkPrefix(plan, architecture, family, modelName), ...checkRouterLoss(plan, architecture, modelName), ...checkData(planned, architecture, modelName), ...checkAlgorithm(plan)]
  problems.push(...checkImages(plan, architecture, modelName))
  if (problems.length > 0) return failed(problems)
  // transformers counts a tower's blocks before the decoder's (modeling_utils.py _set_gradient_checkpointing over modules()).
  const before = imagePartOf(architecture) ? architecture.vision?.layers ?? 0 : 0
  const policy: ResolvedPlan = {
    plan: planned,
    modelName,
    architecture,
    family,
    places: family.layerKinds(architecture, policyPlan(plan)).map((kind, i, { length }) => ({ kind, trained: trainsLayer(plan, i, length), checkpointed: checkpointsLayer(plan, i + before) })),
    targets: new Set(targetsOf(plan.method, linearLayers, stackNames(stacks))),
    stackTargets: stackTargetsOf(plan.method, stacks)
  }
  const roles = resolveRoles(policy)
  return roles.ok ? ok({ ...policy, roles: roles.value }) : roles
}

/** The linear layers with an adapter; for LoRA the names of expert stacks mean those alone. */
function targetsOf (method: Method, linearLayers: readonly string[], stacks: readonly string[]): readonly string[] {
  if (!hasTargets(method)) return []
  if (method.targets === 'all-linear') return linearLayers
  return hasAdapters(method) ? method.targets.filter((target) => !stacks.includes(target)) : method.targets
}
