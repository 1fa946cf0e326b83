import type { CatalogModel } from '#shared/catalog/index.ts'
import { estimate, simulates } from '#shared/memory/index.ts'
import { defaultMethod, defaultPlan, describeRemedy } from '#shared/plan/index.ts'
import type { Locale } from '#shared/units/index.ts'

/** Models that can be planned first; the order within both halves stays. */
export function simulatedFirst (models: readonly CatalogModel[]): CatalogModel[] {
  const can = new Map(models.map((model) => [model, simulates(model.architecture)]))
  return [...models].sort((a, b) => Number(can.get(b)) - Number(can.get(a)))
}

/** Why a model cannot be planned, in the words of the error that choosing it gives; null where it can. */
export function whyNotSimulated (model: CatalogModel, locale: Locale): string | null {
  if (simulates(model.architecture)) return null
  const result = estimate({ ...defaultPlan(model.id), method: defaultMethod('full') }, { depth: 'fast' })
  return result.ok ? null : result.problems.map((problem) => describeRemedy(problem, locale)).join(' ')
}
