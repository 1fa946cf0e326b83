import { describe, expect, it } from 'vitest'
import { defaultPlan, describeProblem, type Plan } from '../plan/index.ts'
import { estimate, estimateTypical, type Estimate } from './index.ts'

const withData = (data: Partial<Plan['data']>, runtime: Partial<Plan['runtime']> = {}, rest: Partial<Plan> = {}): Plan => {
  const plan = defaultPlan('meta-llama/Llama-3.2-1B')
  return { ...plan, data: { ...plan.data, sequenceLength: 2048, microBatch: 4, ...data }, runtime: { ...plan.runtime, ...runtime }, ...rest }
}

function estimateOf (plan: Plan): Estimate {
  const result = estimate(plan, { depth: 'fast' })
  if (!result.ok) throw new Error(result.problems.map((problem) => describeProblem(problem)).join(' '))
  return result.value
}

const codes = (plan: Plan): string[] => {
  const result = estimate(plan, { depth: 'fast' })
  return result.ok ? [] : result.problems.map(({ path, code }) => `${path} ${code}`)
}

const LENGTHS = { mean: 400, p95: 1200, longest: 1900 }

describe('packing', () => {
  it('in wrapped rows takes what full rows take', () => {
    expect(estimateOf(withData({ packing: 'wrapped' })).allocated).toBe(estimateOf(withData({})).allocated)
  })

  it('with FlashAttention needs no mask; SDPA squares the whole row', () => {
    const flash = estimateOf(withData({ packing: 'packed' }))
    const sdpa = estimateOf(withData({ packing: 'packed' }, { attention: 'efficient' }))
    expect(sdpa.allocated - flash.allocated).toBe((4 * 2048) ** 2)
    expect(sdpa.assumptions.map(({ code }) => code)).toContain('packed-mask')
    expect(flash.assumptions.map(({ code }) => code)).not.toContain('packed-mask')
  })

  it('allows for samples shorter than assumed', () => {
    const unknown = estimateOf(withData({ packing: 'packed' }))
    const short = estimateOf(withData({ packing: 'packed', lengths: { mean: 128, p95: 300, longest: 900 } }))
    const spread = (e: Estimate): number => e.reserved.high - e.reserved.expected
    expect(spread(unknown) - spread(estimateOf(withData({ packing: 'padding-free' })))).toBe((64 - 4) * 128 * 32 * (64 + 1) * 4)
    expect(short.assumptions.map(({ code }) => code)).not.toContain('packed-samples')
  })

  it('is refused with a remedy where a framework or the model cannot', () => {
    expect(codes(withData({ packing: 'packed', padding: true }))).toEqual(['data.padding packing-with-padding'])
    expect(codes(withData({ packing: 'block-mask' }))).toEqual(['runtime.attention block-mask-attention'])
    expect(codes(withData({ packing: 'packed' }, {}, { method: { kind: 'prompt', virtualTokens: 8 } }))).toEqual(['data.packing packing-virtual-tokens'])
    expect(codes(withData({ packing: 'packed' }, {}, { model: { id: 'bigscience/bloom-560m' }, method: { kind: 'full' } }))).toEqual(['data.packing packing-positions'])
    expect(codes(withData({ packing: 'packed' }, {}, { algorithm: 'reward-model', preference: { loss: 'bradley-terry', reference: 'none' } as Plan['preference'] & object }))).toContain('data.packing packing-not-supervised')
    expect(codes(withData({ packing: 'wrapped' }, {}, { method: { kind: 'prompt', virtualTokens: 8 } }))).toEqual([])
  })
})

describe('FlashAttention’s package', () => {
  it('takes padding out where SDPA makes a mask, and may need less', () => {
    const padded = (attention: Plan['runtime']['attention']): Estimate => estimateOf(withData({ padding: true }, { attention, checkpointing: 'none' }))
    const [package2, package3, sdpa] = [padded('flash-2'), padded('flash-3'), padded('flash')]
    expect(package2.allocated).toBeLessThan(sdpa.allocated)
    expect(package3.allocated).toBe(package2.allocated)
    expect(package2.assumptions.map(({ code }) => code)).toContain('real-tokens')
    expect(package2.reserved.expected - package2.reserved.low).toBeGreaterThan(3 * 2048 * 16 * 4 * 2048)
    expect(sdpa.assumptions.map(({ code }) => code)).not.toContain('real-tokens')
  })

  it('is what it is without padding, as SDPA’s flash kernel', () => {
    expect(estimateOf(withData({}, { attention: 'flash-2' })).allocated).toBe(estimateOf(withData({})).allocated)
  })

  it('is refused for wider heads than it has', () => {
    const wide = withData({}, { attention: 'flash-2' }, { model: { id: 'google/gemma-4-31B-it' } })
    expect(codes(wide)).toEqual(['runtime.attention flash-head-dim'])
    expect(codes({ ...wide, runtime: { ...wide.runtime, attention: 'flash' } })).toEqual([])
  })
})

describe('lengths of samples', () => {
  it('shorten the longest batch, and a typical one further', () => {
    const plan = withData({ padding: true, lengths: LENGTHS, padToMultipleOf: 8 })
    expect(estimateOf(plan).allocated).toBe(estimateOf(withData({ padding: true, sequenceLength: 1904 })).allocated)
    const { batch, estimate: typical } = estimateTypical(plan)!
    expect(batch.longest).toBe(1904)
    expect(typical.allocated).toBe(estimateOf(withData({ padding: true, sequenceLength: batch.typical })).allocated)
    expect(typical.total.expected).toBeLessThan(estimateOf(plan).total.expected)
    expect(estimateTypical(withData({}))).toBeNull()
  })

  it('say so', () => {
    const said = estimateOf(withData({ padding: true, lengths: LENGTHS })).assumptions.map(({ code }) => code)
    expect(said).toContain('longest-batch')
    expect(said).not.toContain('equal-batches')
  })

  it('are refused where they contradict each other or the batch', () => {
    expect(codes(withData({ padding: true, lengths: { mean: 400, p95: 1200, longest: 800 } }))).toEqual(['data.lengths.longest longest-too-short'])
    expect(codes(withData({ lengths: LENGTHS }))).toEqual(['data.padding lengths-need-padding'])
    expect(codes(withData({ lengths: LENGTHS, microBatch: 1 }))).toEqual([])
    expect(codes(withData({ lengths: LENGTHS, packing: 'padding-free' }))).toEqual([])
  })
})
