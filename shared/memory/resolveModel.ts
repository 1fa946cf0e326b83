import { architectureFromConfig, knownModelTypes, type Architecture, type ConfigProblem } from '../architecture/index.ts'
import { findModel, suggestModel } from '../catalog/index.ts'
import type { CustomArchitecture, Plan, PlanProblem } from '../plan/index.ts'
import { failed, ok, type Result } from '../units/index.ts'

/** The model that a plan names, with its shape. */
export interface ResolvedModel {
  readonly architecture: Architecture
  readonly modelName: string
}

/** From the catalog, from a config.json, or as typed in. */
export function resolveModel ({ model }: Plan): Result<ResolvedModel, PlanProblem> {
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
