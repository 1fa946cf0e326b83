import { hasRouterLoss, type Architecture } from '../architecture/index.ts'
import { hasAdapters, hasTargets, LOSSES_WITHOUT_LOGITS, quantizationOf, upcastsUnquantized, type Method, type Plan, type PlanProblem, type TargetedMethod } from '../plan/index.ts'
import { nearest } from '../text/nearest.ts'
import { checkQuantization, ia3Widens } from './checkQuantization.ts'
import { activationType } from './floatType.ts'

/* Settings that do not suit the model or each other. Every problem names its field. */

export function checkArchitecture ({ heads, kvHeads, headDim }: Architecture): PlanProblem[] {
  const problems: PlanProblem[] = []
  if (heads % kvHeads !== 0) {
    const suggestion = Math.max(kvHeads, Math.round(heads / kvHeads) * kvHeads)
    problems.push({ path: 'model.architecture.heads', code: 'heads-do-not-divide', values: { heads, kvHeads, suggestion } })
  }
  if (headDim % 2 !== 0) problems.push({ path: 'model.architecture.headDim', code: 'odd-head-dim', values: { found: headDim, suggestion: headDim + 1 } })
  return problems
}

/** Trainers that add no loss of their own for the routers: PPO's, and those without a head for tokens. */
const WITHOUT_ROUTER_LOSS: ReadonlySet<Plan['algorithm']> = new Set(['reward-model', 'prm', 'ppo', 'online-dpo'])

export function checkRouterLoss ({ runtime, algorithm }: Plan, architecture: Architecture, model: string): PlanProblem[] {
  if (!runtime.routerLoss) return []
  if (!hasRouterLoss(architecture)) return [{ path: 'runtime.routerLoss', code: 'no-router-loss', values: { model } }]
  return WITHOUT_ROUTER_LOSS.has(algorithm) ? [{ path: 'runtime.routerLoss', code: 'router-loss-of-another-algorithm', values: { algorithm } }] : []
}

/** Modules outside the blocks that LoRA may target by name. */
const OUTSIDE_BLOCKS = ['embed_tokens', 'lm_head']

export function checkMethod (method: Method, model: string, layers: number, linearLayers: readonly string[], stacks: readonly string[] = []): PlanProblem[] {
  if (method.kind === 'freeze' && method.trainableLayers > layers) {
    return [{ path: 'method.trainableLayers', code: 'too-large', values: { found: method.trainableLayers, max: layers } }]
  }
  if (method.kind === 'freeze') return unknownModules(method.modules ?? [], 'method.modules', new Set(linearLayers), model, linearLayers)
  const problems = checkQuantization(method)
  if (!hasTargets(method)) return problems
  const known = new Set([...linearLayers, ...hasAdapters(method) ? stacks : [], ...hasAdapters(method) && !method.dora ? OUTSIDE_BLOCKS : []])
  if (method.targets !== 'all-linear') problems.push(...unknownModules(method.targets, 'method.targets', known, model, linearLayers))
  return [...problems, ...checkTargets(method)]
}

/** Names that the model's blocks do not have, with the nearest one that they do, and names given twice. */
function unknownModules (names: readonly string[], path: string, known: ReadonlySet<string>, model: string, linearLayers: readonly string[]): PlanProblem[] {
  return names.flatMap((found, i): PlanProblem[] => {
    if (!known.has(found)) {
      const guess = nearest(found, linearLayers)
      return [{ path: `${path}[${i}]`, code: 'unknown-lora-target', values: { found, model, expected: linearLayers.join(', ') + (guess ? ` (${guess}?)` : '') } }]
    }
    return names.indexOf(found) === i ? [] : [{ path: `${path}[${i}]`, code: 'duplicate-lora-target', values: { found } }]
  })
}

/** Targets against the method's other lists of modules. */
function checkTargets (method: TargetedMethod): PlanProblem[] {
  const targets: readonly string[] = method.targets === 'all-linear' ? [] : method.targets
  if (hasAdapters(method)) {
    return method.modulesToSave.flatMap((found, i) => targets.includes(found) ? [{ path: `method.modulesToSave[${i}]`, code: 'duplicate-lora-target', values: { found } }] : [])
  }
  if (method.kind !== 'ia3' || method.targets === 'all-linear') return []
  return method.feedForward.flatMap((found, i) => targets.includes(found) ? [] : [{ path: `method.feedForward[${i}]`, code: 'feed-forward-not-target', values: { found, expected: targets.join(', ') } }])
}

/** Model types with attention over a bias or mask of their own, which SDPA's math kernel is not simulated with. */
const WITHOUT_MATH = new Set(['t5', 'mt5', 'mllama'])

export const checkAttention = ({ runtime: { attention } }: Plan, { modelType }: Architecture, model: string): PlanProblem[] =>
  attention === 'math' && WITHOUT_MATH.has(modelType ?? '') ? [{ path: 'runtime.attention', code: 'attention-without-math', values: { model } }] : []

export function checkRuntime (plan: Plan): PlanProblem[] {
  const { runtime, optimizer } = plan
  const problems: PlanProblem[] = []
  if (activationType(plan) === 'fp32' && (runtime.attention.startsWith('flash') || runtime.attention === 'cudnn')) {
    problems.push({ path: 'runtime.attention', code: 'attention-type', values: { found: runtime.attention } })
  }
  for (const field of ['checkpointEvery', 'checkpointOffload', 'checkpointSaves'] as const) {
    if (runtime.checkpointing === 'none' && (runtime[field] ?? 1) !== 1) problems.push({ path: `runtime.${field}`, code: 'needs-checkpointing' })
  }
  if (runtime.checkpointSaves && runtime.checkpointing === 'reentrant') problems.push({ path: 'runtime.checkpointing', code: 'selective-checkpointing' })
  if (runtime.checkpointOffload === 'unsloth' && runtime.checkpointing === 'non-reentrant') {
    problems.push({ path: 'runtime.checkpointing', code: 'unsloth-checkpointing' })
  }
  if (hasTargets(plan.method) && plan.method.targets.includes('lm_head') && LOSSES_WITHOUT_LOGITS.has(runtime.loss)) {
    problems.push({ path: 'method.targets', code: 'head-adapter-without-logits', values: { loss: runtime.loss } })
  }
  if (ia3Widens(plan) && plan.precision.weights !== 'fp32' && !upcastsUnquantized(plan.method)) {
    problems.push({ path: 'precision.autocast', code: 'ia3-needs-autocast', values: { format: quantizationOf(plan.method)!.type, weights: plan.precision.weights } })
  }
  if (plan.method.kind === 'prefix' && runtime.checkpointing !== 'none') problems.push({ path: 'runtime.checkpointing', code: 'prefix-with-checkpointing' })
  if (LOSSES_WITHOUT_LOGITS.has(runtime.loss) && runtime.keepsLogits) problems.push({ path: 'runtime.keepsLogits', code: 'liger-with-kept-logits' })
  if (optimizer.kind === 'sgd-momentum' && optimizer.implementation === 'loop') {
    problems.push({
      path: 'optimizer.implementation',
      code: 'optimizer-implementation',
      values: { found: 'loop', optimizer: 'SGD', expected: 'fused, foreach' }
    })
  }
  return problems
}
