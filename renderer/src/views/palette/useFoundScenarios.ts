import { ref, shallowRef, watch, type Ref } from 'vue'
import { findModel } from '#shared/catalog/index.ts'
import { matchScore } from '#shared/commands/index.ts'
import { NEWEST_SCENARIOS, type ScenarioSummary } from '#shared/contract/index.ts'
import { formatMoment } from '../../composables/formatMoment.ts'
import { useText } from '../../composables/useText.ts'
import { host } from '../../host/client.ts'
import { useRouteStore } from '../../stores/routeStore.ts'
import { useScenarioStore } from '../../stores/scenarioStore.ts'
import type { Scored } from './paletteEntry.ts'

const MOST = 8

/** Saved scenarios that match, as the library finds them: by name, notes, tags, model and method. */
export function useFoundScenarios (query: Ref<string>): { readonly found: Ref<readonly Scored[]>, readonly busy: Ref<boolean> } {
  const { locale } = useText()
  const scenarios = useScenarioStore()
  const routes = useRouteStore()
  const found = shallowRef<readonly Scored[]>([])
  const busy = ref(false)

  async function open (id: string): Promise<void> {
    await scenarios.open(id)
    routes.open('plan')
  }

  const scored = (row: ScenarioSummary, text: string): Scored => ({
    entry: {
      key: `scenarios-${row.id}`,
      group: 'scenarios',
      title: row.name,
      detail: `${findModel(row.model)?.displayName ?? row.model} · ${formatMoment(row.updatedAt, locale.value)}`,
      keys: [],
      checked: scenarios.current?.id === row.id,
      run: () => void open(row.id)
    },
    score: text === '' ? 0.6 : Math.max(matchScore(text, row.name), 0.5)
  })

  watch(query, async (typed) => {
    const text = typed.trim().slice(0, 200)
    busy.value = true
    const reply = await host.invoke('scenario.query', { ...NEWEST_SCENARIOS, text, limit: MOST })
    // Only the answer to what is typed now counts.
    if (typed !== query.value) return
    busy.value = false
    found.value = reply.ok ? reply.value.rows.filter((row) => row.state === 'ok').map((row) => scored(row, text)) : []
  }, { immediate: true })

  return { found, busy }
}
