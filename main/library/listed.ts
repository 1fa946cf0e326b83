import { findModel } from '#shared/catalog/index.ts'
import { estimate } from '#shared/memory/index.ts'
import type { Plan } from '#shared/plan/index.ts'

/** What lists show and filter by, taken from a plan when it is saved. */
export interface Listed {
  readonly model: string
  readonly family: string | null
  readonly algorithm: string
  readonly method: string
  readonly needBytes: number | null
}

export function listed (plan: Plan): Listed {
  const { model, algorithm, method } = plan
  const name = 'id' in model ? model.id : 'config' in model ? model.name : model.architecture.name
  const needed = estimateNeed(plan)
  return { model: name, family: 'id' in model ? findModel(model.id)?.family ?? null : null, algorithm, method: method.kind, needBytes: needed }
}

/** A plan that has no estimate is saved all the same. */
function estimateNeed (plan: Plan): number | null {
  try {
    const result = estimate(plan, { depth: 'fast' })
    return result.ok ? result.value.total.expected : null
  } catch {
    return null
  }
}
