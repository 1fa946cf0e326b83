import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, expect, test, vi } from 'vitest'
import type { MeasuredRun, MeasuredRunDraft, Sample } from '#shared/contract/index.ts'
import { bytes, gib } from '#shared/units/index.ts'
import { FakeHost } from '../host/fixtures/fakeHost.ts'

const fake = new FakeHost()
vi.mock('../host/client.ts', () => ({ get host () { return fake.client } }))
const { useRunStore } = await import('./runStore.ts')
const { useNoticeStore } = await import('./noticeStore.ts')

const sample = (usedBytes: number, processes: Sample['processes'] = null): Sample => ({
  at: new Date().toISOString(),
  devices: [{ key: 'gpu', usedBytes, freeBytes: null, totalBytes: null, utilization: null, temperatureC: null, powerWatts: null }],
  processes
})
const setup = {
  scenario: { id: 's', name: 'Saved' },
  machine: 'local' as const,
  device: { key: 'gpu', name: 'Card' },
  scope: { kind: 'card' as const, usedBeforeBytes: gib(2) },
  prediction: { total: { expected: bytes(gib(10)), low: bytes(gib(9)), high: bytes(gib(12)) }, levels: [] },
  intervalMs: 1000
}
let kept: MeasuredRun[] = []

beforeEach(() => {
  setActivePinia(createPinia())
  fake.reset()
  kept = []
  fake.answers = {
    'monitor.watch': () => ({ state: { machine: 'local', state: 'running', finding: null, restarts: 0, intervalMs: 1000 }, history: [] }),
    'monitor.leave': () => ({}),
    'run.list': () => kept.map(({ points: _, ...summary }) => summary),
    'run.open': ({ id }) => kept.find((run) => run.id === id)!,
    'run.save': (draft: MeasuredRunDraft) => {
      const run = { id: `run-${kept.length + 1}`, ...draft }
      kept = [run, ...kept]
      return run
    },
    'run.remove': ({ id }) => {
      kept = kept.filter((run) => run.id !== id)
      return {}
    }
  }
})

test('measures what came on top, keeps the peak, and stops looking when it ends', async () => {
  const runs = useRunStore()
  runs.start(setup)
  for (const used of [2, 9, 13, 11]) fake.emit('monitor.sample', { machine: 'local', sample: sample(gib(used)) })
  fake.emit('monitor.sample', { machine: 'ssh:other', sample: sample(gib(80)) })
  expect(runs.recording?.points.map(({ usedBytes }) => usedBytes)).toEqual([0, 7, 11, 9].map(gib))
  expect(runs.recording?.peak?.usedBytes).toBe(gib(11))
  runs.stop()
  fake.emit('monitor.sample', { machine: 'local', sample: sample(gib(80)) })
  expect(runs.going).toBe(false)
  expect(fake.inputsOf('monitor.leave')).toHaveLength(1)
  expect(await runs.keep('note')).toBe(null)
  expect(kept).toMatchObject([{ scenarioId: 's', peakBytes: gib(11), predicted: { expected: gib(10) }, note: 'note', scope: { kind: 'card' } }])
  expect(runs.recording).toBe(null)
})

test('one process is measured alone, and is missed when it is gone', () => {
  const runs = useRunStore()
  runs.start({ ...setup, scope: { kind: 'process', pid: 7, name: 'python' } })
  const process = { deviceKey: 'gpu', pid: 7, name: 'python', usedBytes: gib(5) }
  fake.emit('monitor.sample', { machine: 'local', sample: sample(gib(20), [process, { ...process, pid: 8 }]) })
  expect(runs.recording).toMatchObject({ peak: { usedBytes: gib(5) }, lost: false })
  fake.emit('monitor.sample', { machine: 'local', sample: sample(gib(20), []) })
  expect(runs.recording).toMatchObject({ peak: { usedBytes: gib(5) }, lost: true })
})

test('a deleted run comes back with its points', async () => {
  const runs = useRunStore()
  runs.start(setup)
  fake.emit('monitor.sample', { machine: 'local', sample: sample(gib(8)) })
  await runs.keep('')
  await runs.remove(runs.kept.get('s')![0]!)
  expect(kept).toEqual([])
  useNoticeStore().notices.at(-1)!.action!.run()
  await vi.waitFor(() => expect(kept).toMatchObject([{ peakBytes: gib(6), points: [{ usedBytes: gib(6) }] }]))
})

test('a run that could not be kept stays', async () => {
  const runs = useRunStore()
  fake.answers['run.save'] = () => ({ ok: false, error: { code: 'disk-full', message: 'full' } })
  runs.start(setup)
  fake.emit('monitor.sample', { machine: 'local', sample: sample(gib(8)) })
  expect(await runs.keep('')).toMatchObject({ code: 'disk-full' })
  expect(runs.recording?.points).toHaveLength(1)
})
