import type { ScenarioSummary } from '#shared/contract/index.ts'
import { useCompareStore } from '../../stores/compareStore.ts'
import { useRouteStore } from '../../stores/routeStore.ts'

/** Puts scenarios side by side: columns beside those that are compared already. */
export function compareScenarios (rows: readonly ScenarioSummary[]): void {
  const store = useCompareStore()
  for (const { id, name } of rows) store.add(id, name)
  useRouteStore().open('compare')
}
