import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { MonitorState, Sample } from '#shared/contract/index.ts'
import { FakeHost } from '../host/fixtures/fakeHost.ts'

const fake = new FakeHost()
vi.mock('../host/client.ts', () => ({ get host () { return fake.client } }))
const { useMonitorStore } = await import('./monitorStore.ts')

const state = (name: MonitorState['state']): MonitorState => ({ machine: 'local', state: name, finding: null, restarts: 0, intervalMs: 1000 })
const sample = (second: number, usedBytes: number | null = 1): Sample => ({
  at: new Date(Date.UTC(2026, 0, 1, 12, 0, second)).toISOString(),
  devices: [{ key: 'a', usedBytes, freeBytes: null, totalBytes: null, utilization: null, temperatureC: null, powerWatts: null }],
  processes: null
})
const settle = () => vi.advanceTimersByTimeAsync(0)

beforeEach(() => {
  vi.useFakeTimers()
  setActivePinia(createPinia())
  fake.reset()
  fake.answers = { 'monitor.watch': () => ({ state: state('running'), history: [sample(1), sample(2)] }), 'monitor.leave': () => ({}) }
})
afterEach(() => vi.useRealTimers())

describe('watching', () => {
  test('asks for the history once, then renews without it', async () => {
    const store = useMonitorStore()
    store.watch('local', 'view', 1000)
    await vi.advanceTimersByTimeAsync(11_000)
    expect(fake.inputsOf('monitor.watch')).toEqual([true, false, false].map((history) => ({ machine: 'local', watcher: 'view', intervalMs: 1000, history })))
    store.leave('local', 'view')
    await vi.advanceTimersByTimeAsync(60_000)
    expect(fake.inputsOf('monitor.watch')).toHaveLength(3)
    expect(fake.inputsOf('monitor.leave')).toEqual([{ machine: 'local', watcher: 'view' }])
  })

  test('another interval is told at once', async () => {
    const store = useMonitorStore()
    store.watch('local', 'view', 1000)
    store.watch('local', 'view', 1000)
    store.watch('local', 'view', 500)
    await settle()
    expect(fake.inputsOf('monitor.watch')).toMatchObject([{ intervalMs: 1000 }, { intervalMs: 500 }])
  })

  test('readings that come before the history are kept once', async () => {
    const store = useMonitorStore()
    store.watch('local', 'view', 1000)
    fake.emit('monitor.sample', { machine: 'local', sample: sample(2) })
    fake.emit('monitor.sample', { machine: 'local', sample: sample(3) })
    await settle()
    expect(store.of('local').samples.map(({ at }) => at)).toEqual([sample(1), sample(2), sample(3)].map(({ at }) => at))
  })

  test('a state heard while the answer was under way is the newer one', async () => {
    let answer = (): void => {}
    fake.answers['monitor.watch'] = () => new Promise((resolve) => { answer = () => resolve({ state: state('starting'), history: [] }) })
    const store = useMonitorStore()
    store.watch('local', 'view', 1000)
    await settle()
    fake.emit('monitor.state', state('running'))
    answer()
    await settle()
    expect(store.of('local').state?.state).toBe('running')
  })

  test('readings of a machine that nobody here looks at are let go', async () => {
    const store = useMonitorStore()
    store.watch('local', 'view', 1000)
    fake.emit('monitor.sample', { machine: 'ssh:other', sample: sample(1) })
    await settle()
    expect(store.watched.has('ssh:other')).toBe(false)
  })

  test('readings older than an hour are let go', async () => {
    fake.answers['monitor.watch'] = () => ({ state: state('running'), history: [] })
    const store = useMonitorStore()
    store.watch('local', 'view', 1000)
    await settle()
    for (const second of [0, 1800, 3601]) fake.emit('monitor.sample', { machine: 'local', sample: sample(second) })
    expect(store.of('local').samples.map(({ at }) => at)).toEqual([sample(1800).at, sample(3601).at])
  })
})

test('a host that does not answer is said, the readings stay, and the history is asked for when it is back', async () => {
  const store = useMonitorStore()
  store.watch('local', 'view', 1000)
  await settle()
  fake.answers['monitor.watch'] = () => ({ ok: false, error: { code: 'internal', message: 'gone' } })
  await vi.advanceTimersByTimeAsync(5000)
  expect(store.of('local')).toMatchObject({ error: { message: 'gone' }, samples: [{}, {}] })
  fake.answers['monitor.watch'] = () => ({ state: state('running'), history: [sample(9)] })
  await vi.advanceTimersByTimeAsync(5000)
  expect(store.of('local')).toMatchObject({ error: null, samples: [{ at: sample(9).at }] })
  expect(fake.inputsOf('monitor.watch').at(-1)).toMatchObject({ history: true })
})
