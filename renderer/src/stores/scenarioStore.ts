import { defineStore } from 'pinia'
import { computed, ref, shallowRef, watch } from 'vue'
import { NEWEST_SCENARIOS, type HostError, type Scenario, type ScenarioDraft, type ScenarioSummary } from '#shared/contract/index.ts'
import { parsePlan } from '#shared/plan/index.ts'
import { host } from '../host/client.ts'
import { createAutosave } from './autosave.ts'
import { sameJson } from './immutable.ts'
import { useNoticeStore } from './noticeStore.ts'
import { usePlanStore } from './planStore.ts'

/** invalid: changed into something that has problems, which are corrected before it is saved. */
export type SaveState = 'unsaved' | 'invalid' | 'saving' | 'saved' | 'failed'

/** The open scenario: whether the open plan is what is saved, and the saving of it. Changes of an opened scenario are saved by themselves. */
export const useScenarioStore = defineStore('scenarios', () => {
  const planStore = usePlanStore()
  const notices = useNoticeStore()

  const list = shallowRef<readonly ScenarioSummary[]>([])
  const listError = shallowRef<HostError | null>(null)
  /** Scenarios as last read from or written to disk in this window. */
  const known = shallowRef<ReadonlyMap<string, Scenario>>(new Map())
  const writing = ref(0)
  const failure = shallowRef<{ readonly id: string, readonly error: HostError } | null>(null)

  const current = computed(() => planStore.origin.kind === 'scenario' ? known.value.get(planStore.origin.id) ?? null : null)
  const dirty = computed(() => !current.value || !sameJson(current.value.plan, planStore.plan) || !sameJson(current.value.target, planStore.target))
  const saveError = computed(() => failure.value && failure.value.id === current.value?.id ? failure.value.error : null)
  const state = computed<SaveState>(() => {
    if (writing.value > 0) return 'saving'
    if (saveError.value) return 'failed'
    if (!dirty.value) return 'saved'
    return current.value && !parsePlan(planStore.plan).ok ? 'invalid' : 'unsaved'
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

  /** One write at a time, or an older state could overtake a newer one. */
  let last: Promise<unknown> = Promise.resolve()
  async function write (id: string | null, draft: ScenarioDraft): Promise<HostError | null> {
    const before = last
    const turn = (async () => {
      await before
      writing.value++
      const reply = await host.invoke('scenario.save', { id, draft })
      writing.value--
      if (reply.ok) remember(reply.value)
      if (id !== null) failure.value = reply.ok ? null : { id, error: reply.error }
      return reply
    })()
    last = turn
    const reply = await turn
    if (!reply.ok) return reply.error
    if (id === null) planStore.adoptOrigin({ kind: 'scenario', id: reply.value.id })
    return null
  }

  const autosave = createAutosave<Pick<ScenarioDraft, 'plan' | 'target'>>(async (id, { plan, target }) => {
    const scenario = known.value.get(id)
    // What cannot be saved now is noted again by the change that mends it.
    if (!scenario || !parsePlan(plan).ok) return true
    return await write(id, { name: scenario.name, plan, target }) === null
  })
  watch([() => planStore.plan, () => planStore.target, current], ([plan, target, scenario]) => {
    if (scenario && dirty.value) autosave.note(scenario.id, { plan, target })
    else if (scenario) autosave.drop(scenario.id)
  }, { flush: 'sync' })

  /** Saves the open plan now: over its scenario, or under a new name. Null when it is on disk, else why not. */
  async function save (name?: string): Promise<HostError | null> {
    const over = name === undefined ? current.value : null
    if (!over && !name) return null
    if (over) autosave.drop(over.id)
    const error = await write(over?.id ?? null, { name: name ?? over!.name, plan: planStore.plan, target: planStore.target })
    if (!error) await refresh()
    return error
  }

  async function open (id: string): Promise<HostError | null> {
    await autosave.flush()
    const abandoned = dirty.value && planStore.canUndo
    const reply = await host.invoke('scenario.open', { id })
    if (!reply.ok) return reply.error
    remember(reply.value)
    failure.value = null
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

  /** These are in the trash now: what is open of them belongs to no scenario. */
  function forget (ids: readonly string[]): void {
    for (const id of ids) autosave.drop(id)
    if (planStore.origin.kind === 'scenario' && ids.includes(planStore.origin.id)) planStore.adoptOrigin({ kind: 'new' })
  }

  /** The scenario as it is on disk after it was changed elsewhere in this window; what is open of it follows. */
  function replaced (scenario: Scenario): void {
    autosave.drop(scenario.id)
    const isOpen = current.value?.id === scenario.id
    remember(scenario)
    if (isOpen) planStore.openScenario(scenario.id, scenario.plan, scenario.target)
  }

  function watchLibrary (): () => void {
    return host.subscribe('library.changed', () => void refresh())
  }

  return { list, listError, current, dirty, state, saveError, refresh, save, open, rename, forget, replaced, flush: autosave.flush, watchLibrary }
})
