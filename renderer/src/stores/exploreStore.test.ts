import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { nextTick } from 'vue'
import type { SweepCell } from '#shared/advice/index.ts'
import { bytes } from '#shared/units/index.ts'
import type { FromWorker, SweepRequest, ToWorker } from '../workers/sweepMessages.ts'

vi.mock('../host/client.ts', () => ({ host: { invoke: () => Promise.resolve({ ok: false, error: { code: 'internal', message: '' } }), subscribe: () => () => {} } }))

/** The other side of the thread, in the test's hands. */
const thread = { sent: [] as ToWorker[], say: (_: FromWorker): void => {}, breakDown: (_: string): void => {} }
vi.mock('../workers/sweepClient.ts', () => ({
  openSweepClient: (hear: (message: FromWorker) => void, failed: (reason: string) => void) => {
    thread.say = hear
    thread.breakDown = failed
    return { send: (message: ToWorker) => thread.sent.push(message), close: () => {} }
  }
}))

const { useExploreStore } = await import('./exploreStore.ts')
const { freshCells, exactCells, startGrid, withCells } = await import('./exploreStoreGrid.ts')
const { usePlanStore } = await import('./planStore.ts')

beforeEach(() => {
  setActivePinia(createPinia())
  thread.sent = []
})

const cellAt = (column: number, row: number, total = 1): SweepCell => ({ column, row, total: bytes(total), low: bytes(total), high: bytes(total), outcome: 'fits', margin: bytes(1), dominant: 'weights', lacks: null, problem: null, failure: null })
const lastRun = () => thread.sent.findLast((message) => message.kind === 'run')!

async function opened () {
  const explore = useExploreStore()
  explore.active = true
  await nextTick()
  return explore
}

describe('the sides', () => {
  test('begin with lengths against batches, on the card that the sentence is about', async () => {
    const explore = await opened()
    expect([explore.x.id, explore.y.id]).toEqual(['sequenceLength', 'microBatch'])
    expect(explore.ys).toEqual([1, 2, 4, 8, 16, 32, 64, 128])
    expect(explore.device?.id).toBe('a100-sxm4-80gb')
    usePlanStore().edit('algorithm', 'sft')
    expect(explore.axes.map(({ id }) => id)).toContain('quantization')
  })

  test('are never the same: choosing the other’s setting swaps them', () => {
    const explore = useExploreStore()
    explore.chooseAxis('x', 'microBatch')
    expect([explore.x.id, explore.y.id]).toEqual(['microBatch', 'sequenceLength'])
    explore.swap()
    expect([explore.x.id, explore.y.id]).toEqual(['sequenceLength', 'microBatch'])
    explore.chooseAxis('y', 'optimizer')
    expect([explore.x.id, explore.y.id]).toEqual(['sequenceLength', 'optimizer'])
  })

  test('fall back to the usual ones where the plan loses a setting', () => {
    const explore = useExploreStore()
    explore.chooseAxis('y', 'rank')
    expect(explore.y.id).toBe('rank')
    usePlanStore().chooseMethod('full')
    expect([explore.x.id, explore.y.id]).toEqual(['sequenceLength', 'microBatch'])
  })
})

describe('the computation', () => {
  test('runs only while the view is seen, and again after a change', async () => {
    const explore = useExploreStore()
    usePlanStore().edit('data.microBatch', 2)
    await nextTick()
    expect(thread.sent).toEqual([])
    explore.active = true
    await nextTick()
    expect(lastRun()).toMatchObject({ run: 1, request: { x: { id: 'sequenceLength' }, plan: { data: { microBatch: 2 } } } })
    explore.active = false
    await nextTick()
    explore.active = true
    await nextTick()
    expect(thread.sent).toHaveLength(1)
    usePlanStore().changeReserve(0.1)
    await nextTick()
    expect(lastRun()).toMatchObject({ run: 2, request: { reserve: 0.1 } })
  })

  test('keeps the old cells, dimmed, until they are replaced; what an earlier run still says is not heard', async () => {
    const explore = await opened()
    thread.say({ kind: 'cells', run: 1, exact: false, cells: [cellAt(0, 0, 5), cellAt(1, 0, 6)] })
    expect(freshCells(explore.grid!)).toBe(2)
    usePlanStore().edit('runtime.keepsLogits', true)
    await nextTick()
    expect(explore.state).toBe('computing')
    expect(explore.grid!.cells[1]).toMatchObject({ total: 6, stale: true })
    thread.say({ kind: 'cells', run: 1, exact: false, cells: [cellAt(1, 0, 7)] })
    expect(explore.grid!.cells[1]).toMatchObject({ total: 6, stale: true })
    thread.say({ kind: 'cells', run: 2, exact: true, cells: [cellAt(1, 0, 8)] })
    expect(explore.grid!.cells[1]).toMatchObject({ total: 8, stale: false, exact: true })
    expect(exactCells(explore.grid!)).toBe(1)
    thread.say({ kind: 'done', run: 2 })
    expect(explore.state).toBe('done')
  })

  test('can be stopped and taken up again, and a thread that broke down is started anew', async () => {
    const explore = await opened()
    explore.cancel()
    expect(thread.sent.at(-1)).toEqual({ kind: 'cancel' })
    expect(explore.state).toBe('cancelled')
    thread.say({ kind: 'cells', run: 1, exact: false, cells: [cellAt(0, 0)] })
    expect(freshCells(explore.grid!)).toBe(0)
    explore.start()
    expect(explore.state).toBe('computing')
    thread.breakDown('out of memory')
    expect([explore.state, explore.failure]).toEqual(['failed', 'out of memory'])
    explore.start()
    expect(lastRun().kind === 'run' && explore.state).toBe('computing')
  })
})

describe('applying', () => {
  test('a cell is one step of the plan’s history, and its values stay in sight', async () => {
    const plan = usePlanStore()
    plan.edit('data.sequenceLength', 3000)
    const explore = await opened()
    expect(explore.xs).toContain(3000)
    expect(explore.adopt(explore.planAt(0, 1))).toBe(true)
    expect(plan.plan.data).toMatchObject({ sequenceLength: 256, microBatch: 2 })
    expect(explore.xs).toContain(3000)
    expect(explore.adopt(explore.planAt(0, 1))).toBe(false)
    plan.undo()
    expect(plan.plan.data).toMatchObject({ sequenceLength: 3000, microBatch: 4 })
    expect(explore.adopt({ ...plan.plan, data: { ...plan.plan.data, sequenceLength: 2486 } })).toBe(true)
    expect(explore.xs).toEqual(expect.arrayContaining([2048, 2486, 3000, 4096]))
  })
})

test('a grid keeps what it knows of values that stay, wherever they move', () => {
  const request = (xs: number[], ys: number[]): SweepRequest => ({ plan: usePlanStore().plan, x: { id: 'rank', values: xs }, y: { id: 'microBatch', values: ys }, device: null, reserve: 0 })
  const before = withCells(startGrid(request([8, 16], [1, 2]), null), [cellAt(1, 1, 42)], true)
  const after = startGrid(request([4, 8, 16], [2]), before)
  expect(after.cells).toEqual([undefined, undefined, { ...cellAt(2, 0, 42), stale: true, exact: true }])
  expect(startGrid({ ...request([8, 16], [1, 2]), y: { id: 'generationBatch', values: [1, 2] } }, before).cells).toEqual([undefined, undefined, undefined, undefined])
})
