import { expect, test } from 'vitest'
import { CATEGORIES, estimate, type Category } from '#shared/memory/index.ts'
import { defaultPlan, withAlgorithm } from '#shared/plan/index.ts'
import { gib } from '#shared/units/index.ts'
import { compareBars, type BarColors } from './compareBars.ts'
import { compareChartOption } from '../../charts/compareChart.ts'
import { compareSvg } from '../../charts/compareImage.ts'

const sft = defaultPlan('Qwen/Qwen2.5-7B')
const columns = [['SFT', sft], ['GRPO', withAlgorithm(sft, 'grpo')]].map(([name, plan]) => {
  const result = estimate(plan as typeof sft, { depth: 'fast' })
  return { id: String(name), name: String(name), plan: plan as typeof sft, estimate: result.ok ? result.value : null, verdict: null }
})
const colors: BarColors = { categories: Object.fromEntries(CATEGORIES.map((category) => [category, '#123456'])) as Record<Category, string>, scenarios: ['#000', '#888'] }
const lines = [{ name: 'Reserve from 28.0 GiB', bytes: gib(28), dashed: true }, { name: 'Card 40.0 GiB', bytes: gib(40), dashed: false }]
const style = { text: '#111', muted: '#666', line: '#ddd', surface: '#fff', font: 'sans-serif', fontSize: 12 }
const text = { description: 'described', gib: String }

test('stacked pieces add up to each total', () => {
  const bars = compareBars('stacked', columns, lines, colors, 'en')
  columns.forEach((column, i) => {
    expect(bars.series.reduce((sum, { values }) => sum + (values[i] ?? 0), 0)).toBe(column.estimate!.total.expected)
  })
})

test('phases that a scenario does not have are gaps, not zeros', () => {
  const bars = compareBars('phases', columns, lines, colors, 'en')
  const decode = bars.names.indexOf('Decode')
  expect(bars.series[0]!.values[decode]).toBe(null)
  expect(bars.series[1]!.values[decode]).toBeGreaterThan(0)
  const [first] = compareChartOption(bars, style, text).series as { data: unknown[] }[]
  expect(first!.data[decode]).toBe('-')
})

test('the scale holds the card’s lines, in steps of a power of two', () => {
  const option = compareChartOption(compareBars('stacked', columns, lines, colors, 'en'), style, text)
  const { max, interval } = option.xAxis as { max: number, interval: number }
  expect(max).toBeGreaterThanOrEqual(gib(40))
  expect(max % interval).toBe(0)
})

test('the picture stands alone: title, legend, lines and names are in it', () => {
  const option = compareChartOption(compareBars('stacked', columns, lines, colors, 'en'), style, text, { title: 'Comparison on A & B', subtitle: 'Headroom' })
  const svg = compareSvg(option, { width: 900, height: 400 })
  for (const words of ['Comparison on A &amp; B', 'Headroom', 'Weights', 'GRPO', 'Card 40.0 GiB', 'Reserve from 28.0 GiB']) expect(svg).toContain(words)
  expect(svg).toMatch(/^<svg[^>]* width="900"/)
})
