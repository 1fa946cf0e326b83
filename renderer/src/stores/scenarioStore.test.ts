import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Scenario, ScenarioDraft } from '#shared/contract/index.ts'
import { FakeHost } from '../host/fixtures/fakeHost.ts'

const fake = new FakeHost()
vi.mock('../host/client.ts', () => ({ get host () { return fake.client } }))
const { usePlanStore } = await import('./planStore.ts')
const { useScenarioStore } = await import('./scenarioStore.ts')

const ID = '00000000-0000-4000-8000-000000000001'
const at = '2026-11-24T10:00:00.000Z'
const scenario = (draft: ScenarioDraft, id = ID): Scenario => ({ id, ...draft, tags: [], notes: '', favourite: false, createdAt: at, updatedAt: at })
const saved = (): ScenarioDraft[] => fake.inputsOf('scenario.save').map((input) => (input as { draft: ScenarioDraft }).draft)

beforeEach(() => {
  vi.useFakeTimers()
  setActivePinia(createPinia())
  fake.reset()
  fake.answers['scenario.query'] = () => ({ rows: [], total: 0, isMore: false })
  fake.answers['scenario.save'] = ({ id, draft }) => scenario(draft, id ?? ID)
})
afterEach(() => {
  vi.useRealTimers()
})

async function opened () {
  const [plan, store] = [usePlanStore(), useScenarioStore()]
  await store.save('Mine')
  return { plan, store }
}

test('a plan that was never saved is not saved by itself', async () => {
  const [plan, store] = [usePlanStore(), useScenarioStore()]
  plan.edit('data.microBatch', 2)
  await vi.advanceTimersByTimeAsync(60_000)
  expect(saved()).toEqual([])
  expect(store.state).toBe('unsaved')
})

test('changes of an opened scenario are saved after a moment, as one', async () => {
  const { plan, store } = await opened()
  expect(store.state).toBe('saved')
  plan.edit('data.microBatch', 2)
  plan.edit('data.microBatch', 3)
  expect(store.state).toBe('unsaved')
  await vi.advanceTimersByTimeAsync(1500)
  expect(saved().slice(1).map((draft) => draft.plan.data.microBatch)).toEqual([3])
  expect(store.state).toBe('saved')
})

test('a change that is undone before it was saved leaves nothing to save', async () => {
  const { plan } = await opened()
  plan.edit('data.microBatch', 2)
  plan.undo()
  await vi.advanceTimersByTimeAsync(60_000)
  expect(saved()).toHaveLength(1)
})

test('a plan with problems waits for their correction', async () => {
  const { plan, store } = await opened()
  plan.edit('data.microBatch', 0)
  expect(store.state).toBe('invalid')
  await vi.advanceTimersByTimeAsync(60_000)
  expect(saved()).toHaveLength(1)
  plan.edit('data.microBatch', 5)
  await vi.advanceTimersByTimeAsync(1500)
  expect(saved().at(-1)!.plan.data.microBatch).toBe(5)
})

test('a failed save says why, and is tried again', async () => {
  const { plan, store } = await opened()
  fake.answers['scenario.save'] = () => ({ ok: false, error: { code: 'disk-full', message: 'full', details: { path: '/x' } } })
  plan.edit('data.microBatch', 2)
  await vi.advanceTimersByTimeAsync(1500)
  expect(store.state).toBe('failed')
  expect(store.saveError).toMatchObject({ code: 'disk-full' })
  fake.answers['scenario.save'] = ({ draft }) => scenario(draft)
  await vi.advanceTimersByTimeAsync(15_000)
  expect(store.state).toBe('saved')
})

test('opening another scenario writes the changes of this one first', async () => {
  const { plan, store } = await opened()
  const other = '00000000-0000-4000-8000-000000000002'
  const target = plan.target
  fake.answers['scenario.open'] = () => scenario({ name: 'Other', plan: plan.plan, target }, other)
  plan.edit('data.microBatch', 7)
  await store.open(other)
  expect(saved().at(-1)).toMatchObject({ name: 'Mine', plan: { data: { microBatch: 7 } } })
  expect(store.current!.name).toBe('Other')
})

test('what is open of a scenario in the trash is not written into it', async () => {
  const { plan, store } = await opened()
  plan.edit('data.microBatch', 7)
  store.forget([ID])
  await vi.advanceTimersByTimeAsync(60_000)
  expect(saved()).toHaveLength(1)
  expect(store.current).toBeNull()
})
