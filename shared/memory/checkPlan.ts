import type { Architecture } from '../architecture/index.ts'
import { hasAdapters, hasTargets, LOSSES_WITHOUT_LOGITS, type Method, type Plan, type PlanProblem, type Quantization, type TargetedMethod } from '../plan/index.ts'
import { nearest } from '../text/nearest.ts'
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

/** Modules outside the blocks that LoRA may target by name. */
const OUTSIDE_BLOCKS = ['embed_tokens', 'lm_head']

export function checkMethod (method: Method, model: string, layers: number, linearLayers: readonly string[], stacks: readonly string[] = []): PlanProblem[] {
  if (method.kind === 'freeze' && method.trainableLayers > layers) {
    return [{ path: 'method.trainableLayers', code: 'too-large', values: { found: method.trainableLayers, max: layers } }]
  }
  if (method.kind === 'freeze') return unknownModules(method.modules ?? [], 'method.modules', new Set(linearLayers), model, linearLayers)
  if (!hasTargets(method)) return []
  const problems: PlanProblem[] = []
  const known = new Set([...linearLayers, ...hasAdapters(method) ? stacks : [], ...hasAdapters(method) && !method.dora ? OUTSIDE_BLOCKS : []])
  if (method.targets !== 'all-linear') problems.push(...unknownModules(method.targets, 'method.targets', known, model, linearLayers))
  if (method.kind === 'qlora' && method.upcastUnquantized && NEVER_UPCAST.has(method.quantization.type)) {
    problems.push({ path: 'method.upcastUnquantized', code: 'never-upcast', values: { format: method.quantization.type } })
  }
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

/** Formats whose models prepare_model_for_kbit_training leaves as they are (peft/utils/other.py). */
const NEVER_UPCAST = new Set<Quantization['type']>(['gptq', 'aqlm', 'eetq', 'hqq'])

/** Targets against the method's other lists of modules. */
function checkTargets (method: TargetedMethod): PlanProblem[] {
  const targets: readonly string[] = method.targets === 'all-linear' ? [] : method.targets
  if (hasAdapters(method)) {
    return method.modulesToSave.flatMap((found, i) => targets.includes(found) ? [{ path: `method.modulesToSave[${i}]`, code: 'duplicate-lora-target', values: { found } }] : [])
  }
  if (method.kind !== 'ia3' || method.targets === 'all-linear') return []
  return method.feedForward.flatMap((found, i) => targets.includes(found) ? [] : [{ path: `method.feedForward[${i}]`, code: 'feed-forward-not-target', values: { found, expected: targets.join(', ') } }])
}

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
