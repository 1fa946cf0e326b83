import { describe, expect, it } from 'vitest'
import { judge, type TargetDevice } from '../../fit/index.ts'
import { estimate } from '../../memory/index.ts'
import { defaultMethod, defaultPlan, withAlgorithm, type Plan } from '../../plan/index.ts'
import { gib, ok } from '../../units/index.ts'
import { anyAxesOf, axesOf, axisById, choiceById, frontier, frontierEdges, largestOf, largestThatFits, sweep, type Assess } from './index.ts'

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
    const [lame] = [...sweep(plan, x, [512], y, [1], () => { throw new Error('stumbled') })]
    expect(lame).toMatchObject({ total: null, problem: null, failure: 'stumbled' })
  })

  it('draws its frontier between what fits and what does not, once per pair of neighbours', () => {
    const edges = frontierEdges(cells, xs.length)
    const limits = frontier(cells, xs.length, ys.length)
    expect(edges.filter(({ side }) => side === 'right').map(({ row, column }) => [row, column])).toEqual(limits.flatMap((limit, row) => limit >= 0 && limit < xs.length - 1 ? [[row, limit]] : []))
    const below = edges.filter(({ side }) => side === 'bottom')
    expect(below.length).toBe(limits[0]! - limits.at(-1)!)
    expect(frontierEdges(cells.slice(0, xs.length), xs.length).every(({ side }) => side === 'right')).toBe(true)
    expect(frontierEdges(cells.map((cell) => ({ ...cell, outcome: null })), xs.length)).toEqual([])
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
    expect(largestOf(plan, axis, on(40, 0.3))).toEqual({ fits: largestThatFits(plan, axis, on(40, 0.3)), withReserve: largestThatFits(plan, axis, on(40, 0.3), true) })
  })

  it('is the same wherever the search begins, and corrects a cruder answer', () => {
    const axis = axisById('sequenceLength')
    const assess = on(40, 0.3)
    const largest = largestThatFits(plan, axis, assess)!
    for (const near of [1, 100, largest - 1, largest, largest + 1, largest * 5, axis.range.max]) expect(largestThatFits(plan, axis, assess, false, near)).toBe(largest)
    expect(largestOf(plan, axis, on(24), assess)).toEqual({ fits: largest, withReserve: largestThatFits(plan, axis, assess, true) })
    expect(largestThatFits(plan, axis, on(8), false, 4096)).toBeNull()
  })

  it('is a whole number of groups and micro-batches in a rollout', () => {
    const grpo = withAlgorithm({ ...plan, data: { ...plan.data, microBatch: 4 } }, 'grpo')
    const batch: Plan = { ...grpo, data: { ...grpo.data, microBatch: 4 }, reinforcement: { ...grpo.reinforcement!, groupSize: 6, generationBatch: 12 } }
    const rollouts = largestThatFits(batch, axisById('generationBatch'), on(40))!
    expect(rollouts % 12).toBe(0)
    expect(rollouts).toBeGreaterThan(12)
    expect([1, 2, 3, 4, 6, 12]).toContain(largestThatFits(batch, axisById('microBatch'), on(40)))
    expect(axisById('microBatch').values(batch)).toEqual([1, 2, 3, 4, 6, 12])
    expect(axisById('generationBatch').values(batch).every((value) => value % 12 === 0)).toBe(true)
  })

  it('is found where too little is refused as well: the share of an inference engine', () => {
    const grpo = withAlgorithm(plan, 'grpo')
    const vllm: Plan = { ...grpo, reinforcement: { ...grpo.reinforcement!, rollout: { ...grpo.reinforcement!.rollout, engine: 'vllm', place: 'trainer' } } }
    const assess: Assess = (changed) => {
      const result = estimate(changed, { depth: 'fast', deviceMemory: gib(80) })
      return result.ok ? ok({ estimate: result.value, verdict: judge(result.value, { devices: [card(80)], reserve: 0 })!.devices[0]! }) : result
    }
    const axis = axisById('engineShare')
    expect(axesOf(vllm).map(({ id }) => id)).toContain('engineShare')
    expect(axesOf(grpo).map(({ id }) => id)).not.toContain('engineShare')
    const outcome = (value: number) => { const r = assess(axis.apply(vllm, value)); return r.ok ? r.value.verdict!.outcome : null }
    const largest = largestThatFits(vllm, axis, assess)!
    expect(outcome(0.01)).toBe('unsupported')
    expect(['fits', 'tight']).toContain(outcome(largest))
    expect(outcome(largest + 0.01)).toBe('does-not-fit')
  })
})

describe('choices', () => {
  it('are sizes of the family, methods, quantizations, checkpointing and optimizers', () => {
    expect(anyAxesOf(plan).map(({ id }) => id)).toEqual(['sequenceLength', 'microBatch', 'rank', 'model', 'method', 'quantization', 'checkpointing', 'optimizer'])
    const sizes = choiceById('model').values(plan)
    expect(sizes).toContain('Qwen/Qwen2.5-7B')
    const totals = sizes.map((id) => { const r = estimate(choiceById('model').apply(plan, id), { depth: 'fast' }); return r.ok ? r.value.parameters.total : NaN })
    expect(totals).toEqual(totals.toSorted((a, b) => a - b))
    expect(totals.slice(1).every((total, i) => total > totals[i]! * 1.02)).toBe(true)
    const llama = choiceById('model').values(defaultPlan('meta-llama/Llama-3.1-8B'))
    expect(llama).toContain('meta-llama/Llama-3.1-8B')
    expect(llama).not.toContain('meta-llama/Meta-Llama-3-8B')
    expect(choiceById('model').options(defaultPlan('meta-llama/Llama-3.1-8B'))).toContain('meta-llama/Meta-Llama-3-8B')
  })

  it.each(['model', 'method', 'quantization', 'checkpointing', 'optimizer'] as const)('%s: every usual value is set, has an estimate, and the plan’s own changes nothing', (id) => {
    const axis = choiceById(id)
    for (const value of axis.values(plan)) {
      const changed = axis.apply(plan, value)
      expect(axis.current(changed)).toBe(value)
      expect(estimate(changed, { depth: 'fast' }).ok, value).toBe(true)
    }
    expect(axis.apply(plan, axis.current(plan))).toEqual(plan)
    expect(axis.options(plan)).toEqual(expect.arrayContaining([...axis.values(plan)]))
  })

  it('quantizes the base of other methods too, in the formats that they take', () => {
    const axis = choiceById('quantization')
    const ia3: Plan = { ...plan, method: defaultMethod('ia3') }
    expect(axis.appliesTo(ia3)).toBe(true)
    expect(axis.options(ia3)).toEqual(['none', 'nf4', 'fp4', 'int8', 'fp8', 'mxfp4'])
    for (const value of axis.options(ia3)) expect(estimate(axis.apply(ia3, value), { depth: 'fast' }).ok, value).toBe(true)
    expect(axis.apply(axis.apply(ia3, 'nf4'), 'none')).toEqual(ia3)
    expect(axis.appliesTo({ ...plan, method: { kind: 'full' } })).toBe(false)
  })

  it('need less where more is quantized', () => {
    const cells = [...sweep(plan, choiceById('quantization'), ['none', 'int8', 'nf4'], axisById('microBatch'), [1], on(40))]
    expect(cells.map(({ total }) => total!)).toEqual(cells.map(({ total }) => total!).toSorted((a, b) => b - a))
  })
})
