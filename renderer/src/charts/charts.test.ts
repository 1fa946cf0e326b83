import { describe, expect, test } from 'vitest'
import { CATEGORIES, estimate, type Category } from '#shared/memory/index.ts'
import { bytes, gib } from '#shared/units/index.ts'
import { EXAMPLES } from '../stores/examples.ts'
import { phaseChartOption } from './phases.ts'
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

test('the phase chart stacks to each peak and marks what stays', () => {
  const colors = Object.fromEntries(CATEGORIES.map((category) => [category, '#000'])) as Record<Category, string>
  const option = phaseChartOption(example, { colors, text: '#111', muted: '#666', line: '#ddd', accent: '#00f', surface: '#fff', font: 'sans-serif', fontSize: 12 }, {
    names: example.phases.map((_, i) => String(i)),
    category: (category) => category,
    after: 'after',
    description: 'described',
    gib: String
  })
  const series = option.series as { type: string, data: number[] }[]
  const bars = series.filter(({ type }) => type === 'bar')
  example.phases.forEach((phase, i) => {
    expect(bars.reduce((sum, { data }) => sum + data[i]!, 0)).toBe(phase.peak)
  })
  expect(series.at(-1)!.data).toEqual(example.phases.map((phase) => phase.liveAfter))
  const { max, interval } = option.yAxis as { max: number, interval: number }
  expect(max).toBeGreaterThanOrEqual(Math.max(...example.phases.map((phase) => phase.peak)))
  expect(max % interval).toBe(0)
})
