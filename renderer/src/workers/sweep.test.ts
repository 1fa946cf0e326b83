import { describe, expect, test } from 'vitest'
import type { TargetDevice } from '#shared/fit/index.ts'
import { judge } from '#shared/fit/index.ts'
import { estimate } from '#shared/memory/index.ts'
import { defaultPlan } from '#shared/plan/index.ts'
import { gib } from '#shared/units/index.ts'
import { refineOrder } from './refineOrder.ts'
import { createSweepJob } from './sweepJob.ts'
import type { FromWorker, SweepRequest } from './sweepMessages.ts'

const device: TargetDevice = { id: 'a', name: 'Card', capacity: gib(40), free: gib(40), origin: 'catalog', computeCapability: '8.0' }
const plan = defaultPlan('Qwen/Qwen2.5-7B')
const request: SweepRequest = { plan, x: { id: 'sequenceLength', values: [512, 4096] }, y: { id: 'quantization', values: ['none', 'nf4'] }, device, reserve: 0.3 }
const turn = (): Promise<void> => new Promise((resolve) => { setImmediate(resolve) })

async function until (said: readonly FromWorker[], run: number): Promise<void> {
  while (!said.some((message) => message.kind === 'done' && message.run === run)) await turn()
}

describe('the job that computes grids', () => {
  test('sends every cell, the largest values, and every cell again as the plan view shows it', async () => {
    const said: FromWorker[] = []
    createSweepJob((message) => said.push(message), turn)({ kind: 'run', run: 1, request })
    await until(said, 1)
    const cells = (exact: boolean) => said.flatMap((message) => message.kind === 'cells' && message.exact === exact ? message.cells : [])
    expect(cells(false).map(({ column, row }) => [column, row])).toEqual([[0, 0], [1, 0], [0, 1], [1, 1]])
    expect(cells(true)).toHaveLength(4)
    const own = estimate({ ...plan, data: { ...plan.data, sequenceLength: 4096 } }, { computeCapability: '8.0', deviceMemory: gib(40) })
    if (!own.ok) throw new Error('the plan must have an estimate')
    const exact = cells(true).find(({ column, row }) => column === 1 && row === 0)!
    expect(exact).toMatchObject({ total: own.value.total.expected, low: own.value.total.low, outcome: judge(own.value, { devices: [device], reserve: 0.3 })!.devices[0]!.outcome })
    const largest = said.flatMap((message) => message.kind === 'largest' ? [message.largest] : [])
    expect(largest.map(({ id }) => id)).toEqual(['sequenceLength', 'microBatch', 'rank'])
    const outcomeAt = (sequenceLength: number) => {
      const result = estimate({ ...plan, data: { ...plan.data, sequenceLength } }, { computeCapability: '8.0', deviceMemory: gib(40) })
      return result.ok ? judge(result.value, { devices: [device], reserve: 0.3 })!.devices[0]!.outcome : null
    }
    expect(outcomeAt(largest[0]!.fits!)).toBe('tight')
    expect(outcomeAt(largest[0]!.fits! + 1)).toBe('does-not-fit')
    expect(outcomeAt(largest[0]!.withReserve!)).toBe('fits')
    expect(outcomeAt(largest[0]!.withReserve! + 1)).toBe('tight')
  })

  test('drops a grid for a newer one, and stops when it is told to', async () => {
    const said: FromWorker[] = []
    const receive = createSweepJob((message) => said.push(message), turn)
    const wide: SweepRequest = { ...request, x: { id: 'sequenceLength', values: Array.from({ length: 30 }, (_, i) => 256 * (i + 1)) }, y: { id: 'microBatch', values: Array.from({ length: 30 }, (_, i) => i + 1) } }
    receive({ kind: 'run', run: 1, request: wide })
    receive({ kind: 'run', run: 2, request })
    await until(said, 2)
    const ofFirst = said.flatMap((message) => message.kind === 'cells' && message.run === 1 ? message.cells : [])
    expect(ofFirst.length).toBeLessThan(900)
    receive({ kind: 'run', run: 3, request: wide })
    receive({ kind: 'cancel' })
    const before = said.length
    for (let i = 0; i < 20; i++) await turn()
    expect(said.length).toBe(before)
  })

  test('without a card there are needs and no verdicts', async () => {
    const said: FromWorker[] = []
    createSweepJob((message) => said.push(message), turn)({ kind: 'run', run: 1, request: { ...request, device: null } })
    await until(said, 1)
    const cells = said.flatMap((message) => message.kind === 'cells' ? message.cells : [])
    expect(cells.every(({ total, outcome, margin }) => total !== null && outcome === null && margin === null)).toBe(true)
    expect(said.some(({ kind }) => kind === 'largest')).toBe(false)
  })

  test('a plan that a form would refuse has its problem in the cell', async () => {
    const said: FromWorker[] = []
    createSweepJob((message) => said.push(message), turn)({ kind: 'run', run: 1, request: { ...request, x: { id: 'microBatch', values: [0, 1] } } })
    await until(said, 1)
    const first = said.flatMap((message) => message.kind === 'cells' ? message.cells : [])[0]!
    expect(first).toMatchObject({ total: null, problem: { path: 'data.microBatch', code: 'too-small' } })
  })

  test('computes again first what is nearest to the limit', () => {
    const base = { row: 0, low: null, high: null, outcome: null, margin: null, dominant: null, lacks: null, problem: null, failure: null }
    const cells = [gib(10), gib(39), null, gib(60), gib(400)].map((total, column) => ({ ...base, column, total }))
    expect(refineOrder(cells, gib(40)).map(({ column }) => column)).toEqual([1, 3, 0, 4])
    expect(refineOrder(cells, null).map(({ column }) => column)).toEqual([0, 1, 3, 4])
  })
})
