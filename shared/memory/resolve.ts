import type { Architecture } from '../architecture/architecture.ts'
import { findModel, suggestModel } from '../catalog/index.ts'
import type { CustomArchitecture, FloatType, Method, Plan, PlanProblem } from '../plan/index.ts'
import { failed, ok, type Result } from '../units/index.ts'
import { nearest } from '../text/nearest.ts'
import { blockOf, type BlockKind } from './modules/blockKind.ts'
import { LINEAR_LAYERS, type LinearLayer } from './modules/linearLayers.ts'

export const ELEMENT_SIZE: Readonly<Record<FloatType, number>> = { fp32: 4, bf16: 2, fp16: 2 }

/** A plan with its names looked up and its settings found to suit each other: what the simulation runs. */
export interface ResolvedPlan {
  readonly plan: Plan
  readonly modelName: string
  readonly architecture: Architecture
  readonly block: BlockKind
  /** The linear layers that carry an adapter; empty for full fine-tuning. */
  readonly targets: ReadonlySet<LinearLayer>
}

/** Looks up the model and checks the plan against it. Every problem names its field. */
export function resolvePlan (plan: Plan): Result<ResolvedPlan, PlanProblem> {
  const model = resolveModel(plan)
  if (!model.ok) return model
  const { architecture, modelName } = model.value
  const block = blockOf(architecture, modelName)
  if (!block.ok) return block
  const problems = [...checkArchitecture(architecture), ...checkMethod(plan.method, modelName), ...checkRuntime(plan)]
  if (problems.length > 0) return failed(problems)
  return ok({ plan, modelName, architecture, block: block.value, targets: new Set(targetsOf(plan.method)) })
}

function resolveModel ({ model }: Plan): Result<{ architecture: Architecture, modelName: string }, PlanProblem> {
  if ('architecture' in model) return ok({ architecture: fromCustom(model.architecture), modelName: model.architecture.name })
  const found = findModel(model.id)
  if (found) return ok({ architecture: found.architecture, modelName: found.displayName })
  const suggestion = suggestModel(model.id)
  return failed([{ path: 'model.id', code: 'unknown-model', values: { found: model.id, suggestion: suggestion ? ` (${suggestion}?)` : '' } }])
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

function targetsOf (method: Method): readonly LinearLayer[] {
  if (method.kind === 'full') return []
  return method.targets === 'all-linear' ? LINEAR_LAYERS : method.targets as LinearLayer[]
}

function checkMethod (method: Method, model: string): PlanProblem[] {
  if (method.kind === 'full') return []
  const problems: PlanProblem[] = []
  const known = new Set<string>(LINEAR_LAYERS)
  if (method.targets !== 'all-linear') {
    method.targets.forEach((target, i) => {
      if (!known.has(target)) {
        const guess = nearest(target, LINEAR_LAYERS)
        problems.push({
          path: `method.targets[${i}]`,
          code: 'unknown-lora-target',
          values: { found: target, model, expected: LINEAR_LAYERS.join(', ') + (guess ? ` (${guess}?)` : '') }
        })
      } else if (method.targets.indexOf(target) !== i) {
        problems.push({ path: `method.targets[${i}]`, code: 'duplicate-lora-target', values: { found: target } })
      }
    })
  }
  return problems
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
  if (runtime.loss === 'liger-fused-linear' && runtime.keepsLogits) problems.push({ path: 'runtime.keepsLogits', code: 'liger-with-kept-logits' })
  if (optimizer.kind === 'sgd-momentum' && optimizer.implementation === 'loop') {
    problems.push({
      path: 'optimizer.implementation',
      code: 'optimizer-implementation',
      values: { found: 'loop', optimizer: 'SGD', expected: 'fused, foreach' }
    })
  }
  return problems
}
