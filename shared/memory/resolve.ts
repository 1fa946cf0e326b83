import { architectureFromConfig, knownModelTypes, type Architecture, type ConfigProblem } from '../architecture/index.ts'
import { findModel, suggestModel } from '../catalog/index.ts'
import { hasAdapters, hasTargets, LOSSES_WITHOUT_LOGITS, type TargetedMethod, type CustomArchitecture, type FloatType, type Method, type Plan, type PlanProblem, type Quantization } from '../plan/index.ts'
import { failed, ok, type Result } from '../units/index.ts'
import { nearest } from '../text/nearest.ts'
import { familyOf, type Family } from './modules/families/index.ts'
import type { LayerPlace } from './stack.ts'

export const ELEMENT_SIZE: Readonly<Record<FloatType, number>> = { fp32: 4, bf16: 2, fp16: 2 }

/** A plan with its names looked up and its settings found to suit each other: what the simulation runs. */
export interface ResolvedPlan {
  readonly plan: Plan
  readonly modelName: string
  readonly architecture: Architecture
  readonly family: Family
  /** Every decoder block in order. */
  readonly places: readonly LayerPlace[]
  /** The linear layers that carry an adapter; empty for full fine-tuning. */
  readonly targets: ReadonlySet<string>
}

/** Looks up the model and checks the plan against it. Every problem names its field. */
export function resolvePlan (plan: Plan): Result<ResolvedPlan, PlanProblem> {
  const model = resolveModel(plan)
  if (!model.ok) return model
  const { architecture, modelName } = model.value
  const found = familyOf(architecture, modelName)
  if (!found.ok) return found
  const family = found.value
  const linearLayers = [...family.linearLayers(architecture).keys()]
  const problems = [...checkArchitecture(architecture), ...checkMethod(plan.method, modelName, architecture.layers, linearLayers), ...checkRuntime(plan)]
  if (problems.length > 0) return failed(problems)
  return ok({
    plan,
    modelName,
    architecture,
    family,
    places: family.layerKinds(architecture, plan).map((kind, i) => ({ kind, trained: trainsLayer(plan, i, architecture.layers), checkpointed: checkpointsLayer(plan, i) })),
    targets: new Set(targetsOf(plan.method, linearLayers))
  })
}

interface ResolvedModel {
  readonly architecture: Architecture
  readonly modelName: string
}

function resolveModel ({ model }: Plan): Result<ResolvedModel, PlanProblem> {
  if ('architecture' in model) return ok({ architecture: fromCustom(model.architecture), modelName: model.architecture.name })
  if ('config' in model) {
    const read = architectureFromConfig(model.config)
    return read.ok ? ok({ architecture: read.value, modelName: model.name }) : failed(read.problems.map(fromConfigProblem))
  }
  const found = findModel(model.id)
  if (found) return ok({ architecture: found.architecture, modelName: found.displayName })
  const suggestion = suggestModel(model.id)
  return failed([{ path: 'model.id', code: 'unknown-model', values: { found: model.id, suggestion: suggestion ? ` (${suggestion}?)` : '' } }])
}

function fromConfigProblem ({ field, code, found = '' }: ConfigProblem): PlanProblem {
  const path = `model.config.${field}`
  switch (code) {
    case 'missing': return { path, code: 'missing', values: { expected: '' } }
    case 'not-a-number': return { path, code: 'wrong-type', values: { expected: '@number', found } }
    case 'unknown-model-type': return { path, code: 'unknown-model-type', values: { found, expected: knownModelTypes().join(', ') } }
    case 'not-supported': return { path, code: 'unsupported-architecture', values: { found: field, feature: found } }
  }
}

function fromCustom (custom: CustomArchitecture): Architecture {
  const { name: _, ...sizes } = custom
  return {
    ...sizes,
    architecture: 'decoder',
    maxPositions: null,
    mlpBias: false,
    normType: 'rmsnorm',
    normsPerLayer: 2,
    mlpType: 'swiglu',
    parallelBlock: false,
    slidingWindow: null
  } as Architecture
}

function checkArchitecture ({ heads, kvHeads, headDim }: Architecture): PlanProblem[] {
  const problems: PlanProblem[] = []
  if (heads % kvHeads !== 0) {
    const suggestion = Math.max(kvHeads, Math.round(heads / kvHeads) * kvHeads)
    problems.push({ path: 'model.architecture.heads', code: 'heads-do-not-divide', values: { heads, kvHeads, suggestion } })
  }
  if (headDim % 2 !== 0) problems.push({ path: 'model.architecture.headDim', code: 'odd-head-dim', values: { found: headDim, suggestion: headDim + 1 } })
  return problems
}

/** BAdam trains one block at a time, never embedding or head; the first block is the one whose backward pass is the longest. */
function trainsLayer ({ method, optimizer }: Plan, index: number, layers: number): boolean {
  if (method.kind === 'full') return optimizer.kind !== 'badam' || index === 0
  return method.kind === 'freeze' && index >= layers - method.trainableLayers
}

/** transformers modeling_utils.py _set_gradient_checkpointing: layer_index % every_n_layers == 0. */
const checkpointsLayer = ({ runtime }: Plan, index: number): boolean => runtime.checkpointing !== 'none' && index % (runtime.checkpointEvery ?? 1) === 0

/** Whether embedding, last norm and head are trained. */
export const trainsOutside = ({ method, optimizer }: Plan): boolean => method.kind === 'full' && optimizer.kind !== 'badam'

function targetsOf (method: Method, linearLayers: readonly string[]): readonly string[] {
  if (!hasTargets(method)) return []
  return method.targets === 'all-linear' ? linearLayers : method.targets
}

/** Modules outside the blocks that LoRA may target by name. */
const OUTSIDE_BLOCKS = ['embed_tokens', 'lm_head']

function checkMethod (method: Method, model: string, layers: number, linearLayers: readonly string[]): PlanProblem[] {
  if (method.kind === 'freeze' && method.trainableLayers > layers) {
    return [{ path: 'method.trainableLayers', code: 'too-large', values: { found: method.trainableLayers, max: layers } }]
  }
  if (!hasTargets(method)) return []
  const problems: PlanProblem[] = []
  const known = new Set([...linearLayers, ...hasAdapters(method) && !method.dora ? OUTSIDE_BLOCKS : []])
  if (method.targets !== 'all-linear') {
    method.targets.forEach((target, i) => {
      if (!known.has(target)) {
        const guess = nearest(target, linearLayers)
        problems.push({
          path: `method.targets[${i}]`,
          code: 'unknown-lora-target',
          values: { found: target, model, expected: linearLayers.join(', ') + (guess ? ` (${guess}?)` : '') }
        })
      } else if (method.targets.indexOf(target) !== i) {
        problems.push({ path: `method.targets[${i}]`, code: 'duplicate-lora-target', values: { found: target } })
      }
    })
  }
  if (method.kind === 'qlora' && method.upcastUnquantized && NEVER_UPCAST.has(method.quantization.type)) {
    problems.push({ path: 'method.upcastUnquantized', code: 'never-upcast', values: { format: method.quantization.type } })
  }
  return [...problems, ...checkTargets(method)]
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

/** Type of the activations that attention sees: autocast's, else the residual stream's. */
export function activationType ({ precision, method }: Pick<Plan, 'precision' | 'method'>): FloatType {
  if (precision.autocast !== 'none') return precision.autocast
  return method.kind === 'qlora' && method.upcastUnquantized ? 'fp32' : precision.weights
}

function checkRuntime (plan: Plan): PlanProblem[] {
  const { runtime, optimizer } = plan
  const problems: PlanProblem[] = []
  if (activationType(plan) === 'fp32' && runtime.attention.startsWith('flash')) {
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
