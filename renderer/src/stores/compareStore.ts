import { defineStore } from 'pinia'
import { computed, ref, shallowRef, watch } from 'vue'
import { judge, type DeviceVerdict, type TargetDevice } from '#shared/fit/index.ts'
import { parsePlan, type Plan } from '#shared/plan/index.ts'
import type { SavedTarget } from '#shared/contract/index.ts'
import { useAnswerStore } from './answerStore.ts'
import { freeName, OPEN, recallComparison, rememberComparison, type Column, type Comparison, type WhatIf } from './compareStoreColumns.ts'
import { createRuns, type Run } from './compareStoreRuns.ts'
import { createScenarioReader, type Reading } from './compareStoreScenarios.ts'
import { decisive } from './judgeEach.ts'
import { usePlanStore, type Origin } from './planStore.ts'
import { useScenarioStore } from './scenarioStore.ts'
import { useTargetStore } from './targetStore.ts'

/** A column as it is now. */
export interface ShownColumn {
  readonly key: string
  readonly kind: Column['kind']
  /** Null: the open plan, which every language names differently. */
  readonly name: string | null
  readonly plan: Plan | null
  readonly target: SavedTarget | null
  /** Follows what is changed in the plan view. */
  readonly live: boolean
  /** What is typed there is no plan: this is the last that was. */
  readonly stale: boolean
  /** Of a scenario: read, being read, deleted, or why not. */
  readonly reading: Reading | null
  readonly run: Run | null
  readonly verdict: DeviceVerdict | null
}

/** Which plans stand side by side, measured against which of them, on which card. */
export const useCompareStore = defineStore('compare', () => {
  const planStore = usePlanStore()
  const targetStore = useTargetStore()
  const answer = useAnswerStore()
  const scenarios = useScenarioStore()
  const reader = createScenarioReader()
  const runs = createRuns()

  const recalled = recallComparison()
  const columns = shallowRef<readonly Column[]>(recalled.columns)
  const baselineKey = ref(recalled.baseline)
  const differencesOnly = ref(recalled.differencesOnly)
  const folded = ref<readonly string[]>(recalled.folded)
  const deviceId = ref<string | null>(null)
  /** Whether anybody looks: estimates in full are made only then. */
  const active = ref(false)

  const device = computed<TargetDevice | null>(() => {
    const { devices } = targetStore.target
    return devices.find(({ id }) => id === deviceId.value) ?? (answer.verdict ? decisive(answer.verdict).device : devices[0] ?? null)
  })

  const find = (key: string): Column | undefined => columns.value.find((column) => column.key === key)
  const whatIfOf = (origin: Origin): WhatIf | null => {
    const column = origin.kind === 'what-if' ? find(origin.id) : undefined
    return column?.kind === 'what-if' ? column : null
  }
  /** The column that is being changed in the plan view under its own name: the open plan needs no second one. */
  const owner = computed(() => {
    const { origin } = planStore
    return origin.kind === 'scenario' || origin.kind === 'what-if' ? find(origin.id) ?? null : null
  })
  const visible = computed(() => columns.value.filter((column) => column.kind !== 'open' || !owner.value))
  const lastGood = computed<Plan>((before) => parsePlan(planStore.plan).ok ? planStore.plan : before ?? planStore.plan)

  function show (column: Column): ShownColumn {
    const reading = column.kind === 'scenario' ? reader.of(column.key) : null
    const live = column.kind === 'open' || column === owner.value
    const plan = live ? lastGood.value : column.kind === 'what-if' ? column.plan : reading!.scenario?.plan ?? null
    const run = plan && runs.of(plan, device.value)
    const verdict = run?.estimate && device.value ? judge(run.estimate, { devices: [device.value], reserve: targetStore.target.reserve })!.devices[0]! : null
    return {
      key: column.key,
      kind: column.kind,
      name: column.kind === 'open' ? null : column.kind === 'scenario' ? reading!.scenario?.name ?? column.name : column.name,
      plan,
      target: column.kind === 'open' ? planStore.target : column.kind === 'what-if' ? column.target : reading!.scenario?.target ?? null,
      live,
      stale: live && answer.stale,
      reading,
      run,
      verdict
    }
  }
  const baseline = computed(() => {
    const wanted = baselineKey.value === 'open' ? owner.value?.key ?? 'open' : baselineKey.value
    return (visible.value.find(({ key }) => key === wanted) ?? visible.value[0])?.key ?? null
  })
  /** In the order of display: the baseline first. */
  const shown = computed<readonly ShownColumn[]>(() =>
    [...visible.value.filter(({ key }) => key === baseline.value), ...visible.value.filter(({ key }) => key !== baseline.value)].map(show))

  function add (id: string, name: string): void {
    if (!find(id)) columns.value = [...columns.value, { kind: 'scenario', key: id, name }]
    void reader.read([id])
  }
  function addOpen (): void {
    if (!find('open')) columns.value = [...columns.value, OPEN]
  }
  /** Takes a column out. The answer puts it back where it was. */
  function remove (key: string): () => void {
    const before = columns.value
    columns.value = before.filter((column) => column.key !== key)
    return () => {
      const column = before.find((one) => one.key === key)
      if (!column || find(key)) return
      const at = before.indexOf(column)
      columns.value = [...columns.value.slice(0, at), column, ...columns.value.slice(at)]
    }
  }
  /** One place on, among those beside the baseline. False at the end. */
  function move (key: string, by: 1 | -1): boolean {
    const others = shown.value.filter((column) => column.key !== baseline.value).map((column) => column.key)
    const at = others.indexOf(key)
    const neighbour = others[at + by]
    if (at < 0 || neighbour === undefined) return false
    swap(key, neighbour)
    return true
  }
  function swap (a: string, b: string): void {
    const [first, second] = [find(a)!, find(b)!]
    columns.value = columns.value.map((column) => column === first ? second : column === second ? first : column)
  }
  /** Puts a column where another is, which moves on. */
  function place (key: string, target: string): void {
    const column = find(key)
    if (!column || key === target) return
    const [from, to] = [columns.value.indexOf(column), columns.value.findIndex((other) => other.key === target)]
    const others = columns.value.filter((other) => other !== column)
    const at = others.findIndex((other) => other.key === target) + (from < to ? 1 : 0)
    columns.value = [...others.slice(0, at), column, ...others.slice(at)]
  }

  const newKey = (): string => `what-if:${crypto.randomUUID()}`
  /** The open plan is about to be replaced: what stood in its column stays there, under this name where it is not saved. */
  function keepOpen (name: string): void {
    if (!find('open') || owner.value) return
    const { origin } = planStore
    const kept: Column = origin.kind === 'scenario'
      ? { kind: 'scenario', key: origin.id, name }
      : { kind: 'what-if', key: newKey(), name: freeName(name, columns.value), plan: lastGood.value, target: planStore.target }
    if (baseline.value === 'open') baselineKey.value = kept.key
    columns.value = columns.value.flatMap((column): Column[] => column.kind === 'open' ? [kept, column] : [column])
    if (kept.kind === 'scenario') void reader.read([kept.key])
  }
  /** A copy of a column beside it, open in the plan view to be changed. */
  function changeCopy (key: string, name: string, openName: string): void {
    const source = shown.value.find((column) => column.key === key)
    if (!source?.plan || !source.target) return
    keepOpen(openName)
    const copy: WhatIf = { kind: 'what-if', key: newKey(), name: freeName(name, columns.value), plan: source.plan, target: source.target }
    const at = columns.value.findIndex((column) => column.key === key) + 1
    columns.value = [...columns.value.slice(0, at), copy, ...columns.value.slice(at)]
    planStore.openWhatIf(copy.key, copy.name, copy.plan, copy.target)
  }
  async function openInPlan (key: string, openName: string): ReturnType<typeof scenarios.open> {
    const column = find(key)
    if (!column || column.kind === 'open' || column === owner.value) return null
    keepOpen(openName)
    if (column.kind === 'scenario') return scenarios.open(column.key)
    planStore.openWhatIf(column.key, column.name, column.plan, column.target)
    return null
  }

  watch(() => ({ origin: planStore.origin, plan: planStore.plan, target: planStore.target }), (now, before) => {
    const replace = (column: Column, by: Column): void => {
      if (baselineKey.value === column.key) baselineKey.value = by.key
      columns.value = columns.value.flatMap((one): Column[] => one === column ? [by] : one.key === by.key ? [] : [one])
    }
    const open = whatIfOf(now.origin)
    const saved = whatIfOf(before.origin)
    if (open) replace(open, { ...open, plan: lastGood.value, target: now.target })
    // Saving gives the same plan another owner; opening something else brings another plan.
    else if (saved && now.origin.kind === 'scenario' && now.plan === before.plan) {
      replace(saved, { kind: 'scenario', key: now.origin.id, name: scenarios.current?.name ?? saved.name })
      void reader.read([now.origin.id])
    }
  }, { flush: 'sync' })

  const ids = (): string[] => columns.value.flatMap((column) => column.kind === 'scenario' ? [column.key] : [])
  /** Reads every scenario again: another window may have changed or deleted some. */
  const refresh = (): Promise<void> => reader.read(ids())

  /** A reload opens another plan: a saved scenario that stands in the open plan's column is remembered as itself. */
  const lasting = computed<Comparison>(() => {
    const { origin } = planStore
    const standsFor = origin.kind === 'scenario' && !owner.value && find('open') ? origin.id : null
    return {
      columns: columns.value.map((column) => column.kind === 'open' && standsFor ? { kind: 'scenario', key: standsFor, name: scenarios.current?.name ?? '' } : column),
      baseline: standsFor && baselineKey.value === 'open' ? standsFor : baselineKey.value,
      differencesOnly: differencesOnly.value,
      folded: folded.value
    }
  })
  watch(lasting, rememberComparison)
  watch(() => active.value ? shown.value.flatMap(({ plan }) => plan ? [plan] : []) : null, (plans) => {
    if (plans) runs.refine(plans, device.value)
    else runs.stop()
  })

  return {
    columns, shown, baseline, differencesOnly, folded, deviceId, device, active,
    add, addOpen, remove, move, place, changeCopy, openInPlan, refresh,
    has: (key: string) => find(key) !== undefined,
    setBaseline: (key: string) => { baselineKey.value = key },
    restore: reader.restore,
    watchLibrary: () => reader.watch(ids)
  }
})
