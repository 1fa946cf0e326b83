import { findModel } from '#shared/catalog/index.ts'
import type { Plan } from '#shared/plan/index.ts'

/** What lists show and filter by, taken from a plan when it is saved. */
export interface Listed {
  readonly model: string
  readonly family: string | null
  readonly algorithm: string
  readonly method: string
}

export function listed ({ model, algorithm, method }: Plan): Listed {
  return { model: modelName(model), family: 'id' in model ? findModel(model.id)?.family ?? null : null, algorithm, method: method.kind }
}

/** Catalog id or the custom architecture's name. */
export const modelName = (model: Plan['model']): string => 'id' in model ? model.id : 'config' in model ? model.name : model.architecture.name
