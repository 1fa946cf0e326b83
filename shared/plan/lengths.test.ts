import { describe, expect, it } from 'vitest'
import { defaultPlan } from './defaults.ts'
import { expectedMaximum, lengthsOfCounts, longestRow, typicalBatch } from './lengths.ts'
import type { Plan } from './schema.ts'

const LENGTHS = { mean: 400, p95: 1200, longest: 6000 }

const withData = (data: Partial<Plan['data']>): Plan => {
  const plan = defaultPlan()
  return { ...plan, data: { ...plan.data, padding: true, ...data } }
}

describe('lengths of samples', () => {
  it('come from a pasted list of counts', () => {
    const counts = Array.from({ length: 100 }, (_, i) => i + 1).join('\n')
    expect(lengthsOfCounts(counts)).toEqual({ mean: 50.5, p95: 95, longest: 100 })
    expect(lengthsOfCounts('[12, 7; 9]')).toEqual({ mean: 9.3, p95: 12, longest: 12 })
    for (const wrong of ['', '12 many', '3.5', '-4', '0']) expect(lengthsOfCounts(wrong)).toBeNull()
  })

  it('keep their mean where nothing is cut, and grow with the micro-batch', () => {
    expect(expectedMaximum(LENGTHS, 1, 1_000_000)).toBeCloseTo(400, 0)
    const sample = Array.from({ length: 20 }, (_, n) => expectedMaximum(LENGTHS, n + 1, 6000))
    sample.reduce((less, more) => {
      expect(more).toBeGreaterThan(less)
      return more
    })
  })

  it('agree with drawing them', () => {
    const sigma = 1.6448536269514722 - Math.sqrt(1.6448536269514722 ** 2 - 2 * Math.log(3))
    const mu = Math.log(400) - sigma ** 2 / 2
    let seed = 1
    const uniform = (): number => (seed = seed * 48_271 % 2_147_483_647) / 2_147_483_647
    const draw = (): number => Math.min(2048, Math.exp(mu + sigma * Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform())))
    let sum = 0
    for (let i = 0; i < 20_000; i++) sum += Math.max(draw(), draw(), draw(), draw())
    expect(Math.abs(expectedMaximum(LENGTHS, 4, 2048) / (sum / 20_000) - 1)).toBeLessThan(0.01)
  })

  it('cut and pad the longest row as a collator does', () => {
    expect(longestRow(withData({ sequenceLength: 4096 }))).toBe(4096)
    expect(longestRow(withData({ sequenceLength: 4096, lengths: { mean: 300, p95: 900, longest: 1901 }, padToMultipleOf: 8 }))).toBe(1904)
    expect(longestRow(withData({ sequenceLength: 1024, lengths: LENGTHS, padToMultipleOf: 64 }))).toBe(1024)
    expect(longestRow(withData({ sequenceLength: 1000, padding: false, packing: 'block-mask' }))).toBe(1000)
    expect(longestRow(withData({ sequenceLength: 2048, padding: false, packing: 'packed', lengths: { mean: 300, p95: 900, longest: 901 } }))).toBe(2048)
  })

  it('say what a typical batch is like, and nothing where every row is full', () => {
    expect(typicalBatch(withData({ lengths: { mean: 512, p95: 512, longest: 512 } }), 8)).toEqual({ longest: 512, typical: 512, paddingShare: expect.closeTo(0, 5) })
    const { longest, typical, paddingShare } = typicalBatch(withData({ sequenceLength: 4096, lengths: LENGTHS, padToMultipleOf: 8 }), 8)!
    expect([longest, typical % 8]).toEqual([4096, 0])
    expect(typical).toBeGreaterThan(800)
    expect(typical).toBeLessThan(1200)
    expect(paddingShare).toBeCloseTo(1 - 400 / typical, 1)
    expect(typicalBatch(withData({ padding: false, packing: 'padding-free', lengths: LENGTHS }), 8)!.paddingShare).toBe(0)
    expect(typicalBatch(withData({ padding: false, packing: 'packed', lengths: LENGTHS }), 8)).toBeNull()
    expect(typicalBatch(withData({}), 8)).toBeNull()
  })
})
