import type { ScenarioSummary } from '#shared/contract/index.ts'
import { useCompareStore } from '../../stores/compareStore.ts'
import { useNoticeStore } from '../../stores/noticeStore.ts'
import { useRouteStore } from '../../stores/routeStore.ts'

/** Puts scenarios side by side, beside what is compared already. */
export function compareScenarios (rows: readonly ScenarioSummary[]): void {
  const compare = useCompareStore()
  for (const { id, name, state } of rows) if (state === 'ok') compare.add(id, name)
  useRouteStore().open('compare')
}

/** Makes one scenario a column of the comparison, or takes it out; the library stays in sight. */
export function toggleCompared ({ id, name }: ScenarioSummary): void {
  const compare = useCompareStore()
  if (compare.has(id)) {
    compare.remove(id)
    return
  }
  compare.add(id, name)
  useNoticeStore().show('compare.added', { values: { name }, action: { label: 'compare.showIt', run: () => useRouteStore().open('compare') } })
}
