import { describe, expect, it } from 'vitest'
import { judge, type TargetDevice } from '../fit/index.ts'
import { CATEGORIES, estimate, type Estimate } from '../memory/index.ts'
import { defaultMethod, defaultPlan, type Plan } from '../plan/index.ts'
import { gib } from '../units/index.ts'
import { reportEstimate } from './estimateReport.ts'
import { categoryName } from './names.ts'
import { explainVerdict, reportVerdict } from './verdictReport.ts'
import { displayWidth } from './width.ts'

function estimateOf (plan: Plan): Estimate {
  const result = estimate(plan, { depth: 'fast' })
  if (!result.ok) throw new Error(JSON.stringify(result.problems))
  return result.value
}

const lora = defaultPlan()
const qlora: Plan = { ...lora, method: defaultMethod('qlora'), data: { ...lora.data, microBatch: 4, gradientAccumulation: 3 } }
const card = (capacity: number, free = capacity): TargetDevice =>
  ({ id: 'x', name: 'Card', capacity: gib(capacity), free: gib(free), origin: 'catalog', computeCapability: null })

describe('reportEstimate', () => {
  it('names the run and shows each category that holds something, adding up to the total', () => {
    const value = estimateOf(lora)
    const lines = reportEstimate(value, { locale: 'en' })
    expect(lines[0]).toBe('Llama 3.1 8B · LoRA (r=8, q_proj, v_proj)')
    expect(lines[1]).toContain('8.03B parameters, 3.4M trained (0.04%)')
    const start = lines.findIndex((line) => line.startsWith('At the peak'))
    const rows = lines.slice(start + 1, lines.indexOf('', start))
    const held = CATEGORIES.filter((category) => (value.breakdown[category] ?? 0) > 0)
    expect(rows.map((row) => row.slice(0, row.search(/ {2}/)))).toEqual(held.map((category) => categoryName(category)))
    const sum = rows.reduce((total, row) => total + Number(/([\d.]+) GiB/.exec(row)![1]), 0)
    expect(Math.abs(sum - value.total.expected / 1024 ** 3)).toBeLessThan(0.005 * rows.length)
  })

  it('has one row per phase however many micro-batches there are, and marks the highest', () => {
    const lines = reportEstimate(estimateOf(qlora), { locale: 'en' })
    const start = lines.findIndex((line) => line.startsWith('Phase'))
    const rows = lines.slice(start + 1, lines.indexOf('', start))
    expect(rows.map((row) => row.split(/ {2,}/)[0])).toEqual(['Load', 'Forward', 'Backward', 'Optimizer step'])
    expect(rows.filter((row) => row.includes('◂ peak'))).toHaveLength(1)
  })

  it.each(['en', 'zh'] as const)('keeps numbers in one column and sentences within the width (%s)', (locale) => {
    const lines = reportEstimate(estimateOf(qlora), { locale, width: 60 })
    const ends = (marker: string): number[] => {
      const start = lines.findIndex((line) => line.startsWith(marker))
      return lines.slice(start + 1, lines.indexOf('', start)).map((line) => displayWidth(line.slice(0, line.indexOf(' GiB') + 4)))
    }
    expect(new Set(ends(locale === 'en' ? 'At the peak' : '峰值构成')).size).toBe(1)
    const assumptions = lines.slice(lines.indexOf(locale === 'en' ? 'Assumptions' : '假定') + 1)
    expect(assumptions.length).toBeGreaterThan(3)
    for (const line of assumptions) expect(displayWidth(line)).toBeLessThanOrEqual(60)
  })

  it('writes Chinese without English sentences', () => {
    const text = reportEstimate(estimateOf(qlora), { locale: 'zh' }).join('\n')
    for (const word of ['parameters', 'Phase', 'Peak', 'Share', 'Total', 'Assumptions', 'tokens']) expect(text).not.toContain(word)
  })
})

describe('reportVerdict', () => {
  const value = estimateOf(lora)
  const sentence = (device: TargetDevice, reserve: number, locale: 'en' | 'zh' = 'en'): string =>
    explainVerdict(judge(value, { devices: [device], reserve })!.devices[0]!, locale)

  it('says by how much a run fits, and why it is tight', () => {
    expect(sentence(card(80), 0.3)).toMatch(/^Needs [\d.]+ GiB of 80\.00 GiB available: [\d.]+ GiB stay free, more than the 24\.00 GiB to be kept free\. Largest part: Weights, 14\.9\d GiB \(\d+%\)\.$/)
    expect(sentence(card(25), 0.3)).toContain('less than the 7.50 GiB to be kept free')
    expect(sentence(card(21), 0)).toMatch(/but the upper end of the estimate, [\d.]+ GiB, would not fit/)
    expect(sentence(card(12), 0.3)).toMatch(/GiB are missing\. Largest/)
    expect(sentence(card(80, 10), 0.3)).toMatch(/of 10\.00 GiB available: [\d.]+ GiB are missing/)
  })

  it('judges each card on its own line, in both languages', () => {
    const verdict = judge(value, { devices: [card(12), card(80)], reserve: 0.3 })!
    expect(reportVerdict(verdict, { locale: 'en' }).filter((line) => !line.startsWith(' '))).toEqual(['✗ Card: does not fit', '✓ Card: fits'])
    expect(reportVerdict(verdict, { locale: 'zh' }).filter((line) => !line.startsWith(' '))).toEqual(['✗ Card: 无法运行', '✓ Card: 可以运行'])
    expect(sentence(card(80), 0.3, 'zh')).toMatch(/^需要 [\d.]+ GiB，可用 80\.00 GiB，剩余 [\d.]+ GiB，高于应保留的 24\.00 GiB。占用最多的是模型权重：/)
  })

  it('paints by outcome', () => {
    const verdict = judge(value, { devices: [card(12), card(25), card(80)], reserve: 0.3 })!
    const tones: string[] = []
    reportVerdict(verdict, { locale: 'en', paint: (tone, text) => { tones.push(tone); return text } })
    expect(tones).toEqual(['bad', 'warn', 'good'])
  })
})
