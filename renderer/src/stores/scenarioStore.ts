import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import { NEWEST_SCENARIOS, type HostError, type Scenario, type ScenarioSummary } from '#shared/contract/index.ts'
import { host } from '../host/client.ts'
import { sameJson } from './immutable.ts'
import { useNoticeStore } from './noticeStore.ts'
import { usePlanStore } from './planStore.ts'

export type SaveState = 'unsaved' | 'saving' | 'saved' | 'failed'

/** The library of saved scenarios, and whether the open plan is what is saved there. */
export const useScenarioStore = defineStore('scenarios', () => {
  const planStore = usePlanStore()
  const notices = useNoticeStore()

  const list = shallowRef<readonly ScenarioSummary[]>([])
  const listError = shallowRef<HostError | null>(null)
  /** Scenarios as last read from or written to disk in this window. */
  const known = shallowRef<ReadonlyMap<string, Scenario>>(new Map())
  const saving = ref(false)
  const saveError = shallowRef<HostError | null>(null)

  const current = computed(() => planStore.origin.kind === 'scenario' ? known.value.get(planStore.origin.id) ?? null : null)
  const dirty = computed(() => !current.value || !sameJson(current.value.plan, planStore.plan) || !sameJson(current.value.target, planStore.target))
  const state = computed<SaveState>(() => {
    if (saving.value) return 'saving'
    if (saveError.value) return 'failed'
    return dirty.value ? 'unsaved' : 'saved'
  })

  function remember (scenario: Scenario): void {
    known.value = new Map(known.value).set(scenario.id, scenario)
  }

  async function refresh (): Promise<void> {
    const reply = await host.invoke('scenario.query', NEWEST_SCENARIOS)
    listError.value = reply.ok ? null : reply.error
    if (!reply.ok) return
    list.value = reply.value.rows
    // Another window may have renamed what is open here.
    const names = new Map(reply.value.rows.map((summary) => [summary.id, summary.name]))
    known.value = new Map([...known.value].map(([id, scenario]) => [id, { ...scenario, name: names.get(id) ?? scenario.name }]))
  }

  /** Saves the open plan: over its scenario, or under a new name. Null when it is on disk, else why not. */
  async function save (name?: string): Promise<HostError | null> {
    const asNew = name !== undefined || !current.value
    if (saving.value || (asNew && !name)) return null
    saving.value = true
    saveError.value = null
    const reply = await host.invoke('scenario.save', {
      id: asNew ? null : current.value!.id,
      draft: { name: name ?? current.value!.name, plan: planStore.plan, target: planStore.target }
    })
    saving.value = false
    if (!reply.ok) {
      // A new name that is refused is corrected where it is typed; a scenario that cannot be written is a state of the plan.
      if (!asNew) saveError.value = reply.error
      return reply.error
    }
    remember(reply.value)
    planStore.adoptOrigin({ kind: 'scenario', id: reply.value.id })
    await refresh()
    return null
  }

  async function open (id: string): Promise<HostError | null> {
    const abandoned = dirty.value && planStore.canUndo
    const reply = await host.invoke('scenario.open', { id })
    if (!reply.ok) return reply.error
    remember(reply.value)
    saveError.value = null
    planStore.openScenario(id, reply.value.plan, reply.value.target)
    if (abandoned) notices.show('notice.openedOverUnsaved', { values: { name: reply.value.name }, action: { label: 'action.undo', run: planStore.undo } })
    return null
  }

  async function rename (id: string, name: string): Promise<HostError | null> {
    const reply = await host.invoke('scenario.rename', { id, name })
    if (!reply.ok) return reply.error
    const scenario = known.value.get(id)
    if (scenario) remember({ ...scenario, name: reply.value.name, updatedAt: reply.value.updatedAt })
    await refresh()
    return null
  }

  async function remove (summary: ScenarioSummary): Promise<HostError | null> {
    const reply = await host.invoke('scenario.delete', { id: summary.id })
    if (!reply.ok) return reply.error
    if (planStore.origin.kind === 'scenario' && planStore.origin.id === summary.id) planStore.adoptOrigin({ kind: 'new' })
    notices.show('notice.deleted', { values: { name: summary.name }, action: { label: 'action.undo', run: () => void restore(summary.id) } })
    await refresh()
    return null
  }

  async function restore (id: string): Promise<void> {
    const reply = await host.invoke('scenario.restore', { id })
    if (!reply.ok) notices.show('notice.restoreFailed', { kind: 'error', values: { reason: reply.error.message } })
    await refresh()
  }

  function watchLibrary (): () => void {
    return host.subscribe('library.changed', () => void refresh())
  }

  return { list, listError, current, dirty, state, saveError, refresh, save, open, rename, remove, watchLibrary }
})
