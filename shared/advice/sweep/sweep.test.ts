import { describe, expect, it } from 'vitest'
import { judge, type TargetDevice } from '../../fit/index.ts'
import { estimate } from '../../memory/index.ts'
import { defaultPlan, withAlgorithm, type Plan } from '../../plan/index.ts'
import { gib, ok } from '../../units/index.ts'
import { axesOf, axisById, frontier, largestThatFits, sweep, type Assess } from './index.ts'

const card = (size: number): TargetDevice => ({ id: 'a', name: 'Card', capacity: gib(size), free: gib(size), origin: 'catalog', computeCapability: '8.0' })
const on = (size: number, reserve = 0): Assess => (plan) => {
  const result = estimate(plan, { depth: 'fast' })
  return result.ok ? ok({ estimate: result.value, verdict: judge(result.value, { devices: [card(size)], reserve })!.devices[0]! }) : result
}
const plan = defaultPlan('Qwen/Qwen2.5-7B')

describe('axes', () => {
  it('are those that the plan has', () => {
    expect(axesOf(plan).map(({ id }) => id)).toEqual(['sequenceLength', 'microBatch', 'rank'])
    expect(axesOf({ ...plan, method: { kind: 'freeze', trainableLayers: 2 } }).map(({ id }) => id)).toEqual(['sequenceLength', 'microBatch', 'trainableLayers'])
    expect(axesOf(withAlgorithm(plan, 'grpo')).map(({ id }) => id)).toEqual(['microBatch', 'rank', 'promptLength', 'completionLength', 'generationBatch'])
  })

  it('have the plan’s own value among theirs, and set it', () => {
    const odd: Plan = { ...plan, data: { ...plan.data, sequenceLength: 3000 } }
    const axis = axisById('sequenceLength')
    expect(axis.values(odd)).toContain(3000)
    expect(axis.current(axis.apply(odd, 777))).toBe(777)
  })
})

describe('a sweep', () => {
  const [x, y] = [axisById('sequenceLength'), axisById('microBatch')]
  const [xs, ys] = [[512, 2048, 8192, 32_768], [1, 4, 16]]
  const cells = [...sweep(plan, x, xs, y, ys, on(40))]

  it('has every combination once, and never needs less where a setting is larger', () => {
    expect(cells.map(({ column, row }) => [column, row])).toEqual(ys.flatMap((_, row) => xs.map((__, column) => [column, row])))
    for (const cell of cells) {
      const right = cells.find(({ column, row }) => column === cell.column + 1 && row === cell.row)
      if (right) expect(right.total!).toBeGreaterThanOrEqual(cell.total!)
    }
  })

  it('has a frontier that never grows downwards', () => {
    const limits = frontier(cells, xs.length, ys.length)
    expect(limits).toEqual(limits.toSorted((a, b) => b - a))
    expect(limits[0]).toBeGreaterThan(limits.at(-1)!)
  })

  it('says why a cell has no figure', () => {
    const grpo = withAlgorithm(plan, 'grpo')
    const [bad] = [...sweep(grpo, axisById('generationBatch'), [7], axisById('microBatch'), [1], on(80))]
    expect(bad).toMatchObject({ total: null, outcome: null, problem: { path: 'reinforcement.generationBatch' } })
  })
})

describe('the largest that fits', () => {
  it('fits, and one more does not', () => {
    const assess = on(40)
    const axis = axisById('microBatch')
    const largest = largestThatFits(plan, axis, assess)!
    const outcome = (value: number) => { const r = assess(axis.apply(plan, value)); return r.ok ? r.value.verdict!.outcome : null }
    expect(outcome(largest)).not.toBe('does-not-fit')
    expect(outcome(largest + 1)).toBe('does-not-fit')
  })

  it('is smaller with the reserve kept, and nothing where nothing fits', () => {
    const axis = axisById('sequenceLength')
    expect(largestThatFits(plan, axis, on(40, 0.3), true)!).toBeLessThan(largestThatFits(plan, axis, on(40, 0.3))!)
    expect(largestThatFits(plan, axis, on(8))).toBeNull()
  })
})
