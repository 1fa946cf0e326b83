import { describe, expect, it } from 'vitest'
import { estimate, type Estimate } from '../memory/index.ts'
import { defaultPlan, type Plan } from '../plan/index.ts'
import { reportEstimate } from './estimateReport.ts'
import { describeTypical } from './typicalReport.ts'

function estimateOf (data: Partial<Plan['data']>): Estimate {
  const plan = defaultPlan('Qwen/Qwen2.5-7B')
  const result = estimate({ ...plan, data: { ...plan.data, microBatch: 8, sequenceLength: 4096, ...data } }, { depth: 'fast' })
  if (!result.ok) throw new Error(JSON.stringify(result.problems))
  return result.value
}

const GIB = String.raw`(\d+\.\d) GiB`
const LENGTHS = { mean: 400, p95: 1200, longest: 3000 }

describe('a typical batch', () => {
  it('is told beside the longest, in both languages', () => {
    const longest = estimateOf({ padding: true, lengths: LENGTHS, padToMultipleOf: 8 })
    const en = new RegExp(`^A typical batch takes about ${GIB} \\(rows of ([\\d,]+) tokens, (\\d+)% of them padding\\); the longest takes ${GIB} \\(3,000 tokens\\), and decides\\.$`).exec(describeTypical(longest, 'en')!)!
    const [, usual, tokens, padding, most] = en.map((text) => Number(text.replace(',', '')))
    expect(usual).toBeLessThan(most!)
    expect(most).toBeCloseTo(longest.total.expected / 1024 ** 3, 1)
    expect(1 - 400 / tokens!).toBeCloseTo(padding! / 100, 1)
    expect(describeTypical(longest, 'zh')).toContain('典型批次约')
    expect(reportEstimate(longest, { locale: 'en', width: 400 })).toContain(describeTypical(longest, 'en'))
  })

  it('has no padding where samples share a row, and is not told where every row is full', () => {
    expect(describeTypical(estimateOf({ packing: 'padding-free', lengths: LENGTHS }), 'en')).not.toContain('padding')
    expect(describeTypical(estimateOf({ packing: 'packed', lengths: LENGTHS }), 'en')).toBeNull()
    expect(describeTypical(estimateOf({}), 'en')).toBeNull()
  })
})
