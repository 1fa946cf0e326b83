import { describe, expect, test } from 'vitest'
import { estimate, type Estimate } from '#shared/memory/index.ts'
import { bytes, gib } from '#shared/units/index.ts'
import { EXAMPLES } from '../stores/examples.ts'
import { categoryStacks, heldIn, oneStep, phaseChartOption } from './phases.ts'
import { rolesAt } from './roles.ts'
import { toSegments } from './segments.ts'
import { memoryTicks } from './ticks.ts'

const result = estimate(EXAMPLES['lora-checkpointing'], { depth: 'fast' })
if (!result.ok) throw new Error('the example has no estimate')
const example = result.value

describe('memory ticks', () => {
  test('are steps of a power of two GiB', () => {
    expect(memoryTicks(gib(80))).toEqual([0, 16, 32, 48, 64, 80].map(gib))
    expect(memoryTicks(gib(24))).toEqual([0, 4, 8, 12, 16, 20, 24].map(gib))
    expect(memoryTicks(gib(0.5))).toEqual([0, 0.0625, 0.125, 0.1875, 0.25, 0.3125, 0.375, 0.4375, 0.5].map(gib))
  })

  test('of nothing are zero alone', () => {
    expect(memoryTicks(0)).toEqual([0])
    expect(memoryTicks(Number.NaN)).toEqual([0])
  })
})

describe('segments', () => {
  test('follow each other without gaps and add up to the total', () => {
    const segments = toSegments(example.breakdown)
    let end = 0
    for (const segment of segments) {
      expect(segment.start).toBe(end)
      end += segment.bytes
    }
    expect(end).toBe(example.total.expected)
    expect(segments.reduce((sum, segment) => sum + segment.share, 0)).toBeCloseTo(1, 12)
  })

  test('keep the order of categories and leave empty ones out', () => {
    expect(toSegments({ context: bytes(1), weights: bytes(3), gradients: bytes(0) }).map(({ category }) => category)).toEqual(['weights', 'context'])
  })
})

const style = { text: '#111', muted: '#666', line: '#ddd', accent: '#00f', over: '#f00', surface: '#fff', font: 'sans-serif', fontSize: 12 }
const optionOf = (of: Estimate, shown: readonly number[], capacity: number | null = null) => phaseChartOption(of, style, {
  names: shown.map(String),
  after: 'after',
  description: 'described',
  gib: String
}, { shown, stacks: categoryStacks(of, shown, () => '#000', (category) => category), capacity: capacity === null ? null : { bytes: capacity, label: 'card' } })
const seriesOf = (option: ReturnType<typeof optionOf>) => option.series as { type: string, name: string, data: number[], markArea?: { data: { xAxis: number }[][] }, markLine?: unknown }[]

test('the phase chart stacks to each peak and marks what stays', () => {
  const option = optionOf(example, example.phases.map((_, i) => i))
  const series = seriesOf(option)
  const bars = series.filter(({ type }) => type === 'bar')
  example.phases.forEach((phase, i) => {
    expect(bars.reduce((sum, { data }) => sum + data[i]!, 0)).toBe(phase.peak)
  })
  expect(series.at(-1)!.data).toEqual(example.phases.map((phase) => phase.liveAfter))
  const { max, interval } = option.yAxis as { max: number, interval: number }
  expect(max).toBeGreaterThanOrEqual(Math.max(...example.phases.map((phase) => phase.peak)))
  expect(max % interval).toBe(0)
})

describe('one step of a rollout', () => {
  const grpo = estimate(EXAMPLES.grpo, { depth: 'fast', deviceMemory: gib(80) })
  if (!grpo.ok) throw new Error('the example has no estimate')
  const { value } = grpo
  const shown = oneStep(value)

  test('begins with the weights that go to the engine and ends with the optimizer', () => {
    const kinds = shown.map((i) => value.phases[i]!.kind)
    expect(kinds[0]).toBe('weight-sync')
    expect(kinds.at(-1)).toBe('optimizer')
    expect(new Set(shown.map((i) => value.phases[i]!.step))).toEqual(new Set([1]))
  })

  test('has the engine on top, marks the phase that decides, and draws the card where it is in reach', () => {
    const option = optionOf(value, shown, gib(80))
    const bars = seriesOf(option).filter(({ type }) => type === 'bar')
    expect(bars.at(-1)!.name).toBe('rollout-engine')
    shown.forEach((phase, i) => {
      expect(bars.reduce((sum, { data }) => sum + data[i]!, 0)).toBe(heldIn(value.phases[phase]!))
    })
    expect(bars[0]!.markArea!.data[0]![0]!.xAxis).toBe(shown.indexOf(value.peakPhase))
    expect(bars[0]!.markLine).toBeDefined()
    expect((option.yAxis as { max: number }).max).toBeGreaterThan(gib(80))
    expect(seriesOf(optionOf(value, shown, gib(800)))[0]!.markLine).toBeUndefined()
  })

  test('adds up by model as it does by category', () => {
    for (const i of shown) expect(Object.values(rolesAt(value, i)).reduce((sum, held) => sum + held, 0)).toBe(heldIn(value.phases[i]!))
  })
})
