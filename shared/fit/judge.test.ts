import { describe, expect, it } from 'vitest'
import { BF16_AUTOCAST, LLAMA_3_8B, lora, planOf } from '../memory/fixtures/plans.ts'
import { estimate, type Estimate } from '../memory/index.ts'
import { gib, type Bytes } from '../units/index.ts'
import { judge, type TargetDevice } from './index.ts'

const result = estimate(planOf(LLAMA_3_8B, lora(), { precision: BF16_AUTOCAST, data: { microBatch: 4 }, runtime: { checkpointing: 'non-reentrant' } }))
if (!result.ok) throw new Error('the worked example must have an estimate')
const example: Estimate = result.value

const card = (capacity: Bytes, free: Bytes = capacity): TargetDevice => ({ id: 'gpu', name: 'Card', capacity, free, origin: 'catalog', computeCapability: '8.0' })
const outcomeOn = (device: TargetDevice, reserve: number) => judge(example, { devices: [device], reserve })!.devices[0]!

describe('the verdict on Llama-3.1-8B LoRA (32.7 GiB)', () => {
  it('fits on 80 GB with the reserve kept free', () => {
    const verdict = outcomeOn(card(gib(80)), 0.3)
    expect(verdict.outcome).toBe('fits')
    expect(verdict.margin).toBe(gib(80) - example.total.expected)
    expect(verdict.reserve).toBe(gib(24))
  })

  it('is tight where it needs the reserve', () => {
    expect(outcomeOn(card(gib(40)), 0.3).outcome).toBe('tight')
  })

  it('is tight where only the upper end of the interval does not fit', () => {
    const between = ((example.total.expected + example.total.high) / 2) as Bytes
    expect(outcomeOn(card(between), 0).outcome).toBe('tight')
    expect(outcomeOn(card(example.total.high), 0).outcome).toBe('fits')
  })

  it('does not fit on 24 GB, by a negative margin', () => {
    const verdict = outcomeOn(card(gib(24)), 0.3)
    expect(verdict.outcome).toBe('does-not-fit')
    expect(verdict.margin).toBeLessThan(0)
  })

  it('counts what other processes hold', () => {
    expect(outcomeOn(card(gib(80), gib(30)), 0).outcome).toBe('does-not-fit')
  })

  it('names what dominates', () => {
    const { dominant } = outcomeOn(card(gib(80)), 0.3)
    expect(dominant.category).toBe('weights')
    expect(dominant.share).toBeCloseTo(dominant.bytes / example.total.expected, 10)
  })

  it('takes the best of several cards, and has no verdict without any', () => {
    expect(judge(example, { devices: [card(gib(24)), card(gib(80))], reserve: 0.3 })!.outcome).toBe('fits')
    expect(judge(example, { devices: [], reserve: 0.3 })).toBeNull()
  })
})
