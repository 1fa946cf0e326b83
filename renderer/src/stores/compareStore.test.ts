import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, expect, test, vi } from 'vitest'
import type { Scenario } from '#shared/contract/index.ts'
import { defaultMethod, defaultPlan, type Plan } from '#shared/plan/index.ts'

/** Scenarios on disk by id; those that are missing are in the trash. */
const library = new Map<string, Scenario>()
const ID = { a: '00000000-0000-4000-8000-00000000000a', b: '00000000-0000-4000-8000-00000000000b', c: '00000000-0000-4000-8000-00000000000c' }
const stored = new Map<string, string>()

vi.stubGlobal('sessionStorage', { getItem: (name: string) => stored.get(name) ?? null, setItem: (name: string, value: string) => stored.set(name, value) })
vi.mock('../host/client.ts', () => ({
  host: {
    invoke: (method: string, input: { id: string | null, draft?: { name: string, plan: Plan } }) => {
      if (method === 'scenario.query') return Promise.resolve({ ok: true, value: { rows: [], total: 0, isMore: false } })
      if (method === 'scenario.save') library.set(ID.c, { ...scenario(ID.c, input.draft!.name, input.draft!.plan) })
      const found = library.get(input.id ?? ID.c)
      return Promise.resolve(found ? { ok: true, value: found } : { ok: false, error: { code: 'not-found', message: '' } })
    },
    subscribe: () => () => {}
  }
}))

const { useCompareStore } = await import('./compareStore.ts')
const { usePlanStore, STARTING_TARGET } = await import('./planStore.ts')
const { useScenarioStore } = await import('./scenarioStore.ts')

const base = defaultPlan('Qwen/Qwen2.5-7B')
function scenario (id: string, name: string, plan: Plan): Scenario {
  return { id, name, plan, target: STARTING_TARGET, tags: [], notes: '', favourite: false, createdAt: '2026-11-24T00:00:00.000Z', updatedAt: '2026-11-24T00:00:00.000Z' }
}
const settled = () => new Promise((resolve) => setTimeout(resolve))
const keys = () => useCompareStore().shown.map(({ key, name }) => name ?? key)

beforeEach(() => {
  stored.clear()
  library.clear()
  library.set(ID.a, scenario(ID.a, 'A', base)).set(ID.b, scenario(ID.b, 'B', { ...base, method: defaultMethod('qlora') }))
  setActivePinia(createPinia())
})

async function withTwo () {
  const store = useCompareStore()
  store.add(ID.a, 'A')
  store.add(ID.b, 'B')
  await settled()
  return store
}

test('begins with the open plan, live on the chosen card', async () => {
  const store = await withTwo()
  const plan = usePlanStore()
  expect(keys()).toEqual(['open', 'A', 'B'])
  const before = store.shown[0]!.run!.estimate!.total.expected
  plan.edit('data.microBatch', 1)
  expect(store.shown[0]!.run!.estimate!.total.expected).toBeLessThan(before)
  store.deviceId = 'rtx-4090'
  expect(store.shown.map(({ verdict }) => verdict!.device.id)).toEqual(['rtx-4090', 'rtx-4090', 'rtx-4090'])
})

test('keeps the last valid figures while something invalid is typed', async () => {
  const store = await withTwo()
  const before = store.shown[0]!.run!.estimate!.total.expected
  usePlanStore().edit('data.microBatch', 0)
  expect(store.shown[0]).toMatchObject({ stale: true, live: true })
  expect(store.shown[0]!.run!.estimate!.total.expected).toBe(before)
})

test('shows the baseline first; the others move among themselves', async () => {
  const store = await withTwo()
  store.setBaseline(ID.b)
  expect(keys()).toEqual(['B', 'open', 'A'])
  expect(store.move(ID.a, -1)).toBe(true)
  expect(keys()).toEqual(['B', 'A', 'open'])
  expect(store.move(ID.a, -1)).toBe(false)
  expect(store.move(ID.b, 1)).toBe(false)
  store.place('open', ID.a)
  expect(keys()).toEqual(['B', 'open', 'A'])
  store.remove(ID.b)
  expect(keys()).toEqual(['open', 'A'])
})

test('a copy opens in the plan view and follows it, and what was open stays', async () => {
  const store = await withTwo()
  const plan = usePlanStore()
  const opened = plan.plan
  store.changeCopy(ID.b, 'What-if: B', 'Example')
  expect(keys()).toEqual(['Example', 'A', 'B', 'What-if: B'])
  expect(store.shown[0]!.plan).toBe(opened)
  expect(plan.origin).toMatchObject({ kind: 'what-if', name: 'What-if: B' })
  plan.edit('data.microBatch', 7)
  expect(store.shown[3]).toMatchObject({ live: true, plan: { data: { microBatch: 7 } } })
  expect(store.shown[2]!.plan!.data.microBatch).not.toBe(7)

  // Another plan is opened: the copy stays as it is.
  plan.loadExample('full')
  expect(keys()).toEqual(['Example', 'open', 'A', 'B', 'What-if: B'])
  expect(store.shown[4]).toMatchObject({ live: false, plan: { data: { microBatch: 7 } } })
  plan.undo()
  expect(store.shown.at(-1)).toMatchObject({ live: true })
})

test('saving a copy makes its column the scenario, in its place', async () => {
  const store = await withTwo()
  store.changeCopy(ID.a, 'What-if: A', 'Example')
  store.setBaseline(store.shown.find(({ name }) => name === 'What-if: A')!.key)
  expect(await useScenarioStore().save('Kept')).toBe(null)
  await settled()
  expect(store.shown[0]).toMatchObject({ key: ID.c, kind: 'scenario', name: 'Kept', live: true })
  expect(store.shown.filter(({ kind }) => kind === 'what-if').map(({ name }) => name)).toEqual(['Example'])
})

test('a dropped copy can be put back, and is still linked', async () => {
  const store = await withTwo()
  const plan = usePlanStore()
  store.changeCopy(ID.a, 'What-if: A', 'Example')
  const putBack = store.remove(store.shown.find(({ live }) => live)!.key)
  expect(keys()).toEqual(['Example', 'open', 'A', 'B'])
  plan.edit('data.microBatch', 3)
  putBack()
  plan.edit('data.microBatch', 5)
  expect(keys()).toEqual(['Example', 'A', 'What-if: A', 'B'])
  expect(store.shown[2]!.plan!.data.microBatch).toBe(5)
})

test('a deleted scenario is said to be so, with what was last read of it', async () => {
  const store = await withTwo()
  library.delete(ID.a)
  await store.refresh()
  expect(store.shown[1]).toMatchObject({ name: 'A', reading: { state: 'gone' } })
  expect(store.shown[1]!.run!.estimate).not.toBe(null)

  // After a reload only its name is known.
  await settled()
  setActivePinia(createPinia())
  const again = useCompareStore()
  await again.refresh()
  expect(again.shown[1]).toMatchObject({ name: 'A', plan: null, reading: { state: 'gone' } })
  expect(again.shown[2]).toMatchObject({ name: 'B', reading: { state: 'read' } })
})

test('survives a reload, copies and baseline included', async () => {
  const store = await withTwo()
  store.changeCopy(ID.b, 'What-if: B', 'Example')
  usePlanStore().edit('data.microBatch', 9)
  store.setBaseline(ID.a)
  store.differencesOnly = true
  store.folded = ['phases']
  await settled()
  setActivePinia(createPinia())
  const again = useCompareStore()
  await again.refresh()
  expect(again.shown.map(({ name, kind }) => name ?? kind)).toEqual(['A', 'Example', 'open', 'B', 'What-if: B'])
  expect(again.shown[4]).toMatchObject({ live: false, plan: { data: { microBatch: 9 } } })
  expect([again.differencesOnly, again.folded]).toEqual([true, ['phases']])
})

test('a scenario that stands in the open plan’s column is itself after a reload', async () => {
  const store = useCompareStore()
  await useScenarioStore().open(ID.a)
  store.add(ID.b, 'B')
  expect(keys()).toEqual(['open', 'B'])
  await settled()
  setActivePinia(createPinia())
  await useCompareStore().refresh()
  expect(keys()).toEqual(['A', 'B'])
})

test('what is stored but cannot be read leaves the rest', async () => {
  stored.set('headroom.compare', JSON.stringify({ columns: [{ kind: 'what-if', key: 'what-if:1', name: 'old', plan: {}, target: {} }, { kind: 'scenario', key: ID.a, name: 'A' }, { kind: 'scenario', key: ID.a, name: 'A' }], baseline: 'open', differencesOnly: false, folded: [] }))
  const store = useCompareStore()
  await store.refresh()
  expect(keys()).toEqual(['A'])
})

test('estimates are made in full once nothing moves', async () => {
  vi.useFakeTimers()
  try {
    const store = useCompareStore()
    expect(store.shown[0]!.run!.depth).toBe('fast')
    store.active = true
    await vi.runAllTimersAsync()
    expect(store.shown[0]!.run!.depth).toBe('full')
  } finally {
    vi.useRealTimers()
  }
})
