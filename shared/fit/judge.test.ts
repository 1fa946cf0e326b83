import { describe, expect, it } from 'vitest'
import { BF16_AUTOCAST, LLAMA_3_8B, lora, planOf } from '../memory/fixtures/plans.ts'
import { estimate, type Estimate } from '../memory/index.ts'
import { withAlgorithm, type Plan } from '../plan/index.ts'
import { gib, type Bytes } from '../units/index.ts'
import { featuresOfCapability } from '../catalog/index.ts'
import { describeRefusal, judge, refusalsOf, supportedPlan, type TargetDevice, type TargetHost } from './index.ts'

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

describe('what a card cannot do', () => {
  const turing: TargetDevice = { ...card(gib(80)), name: 'Tesla T4', computeCapability: '7.5', features: featuresOfCapability('7.5') }

  it('refuses bf16 and FlashAttention 2 before Ampere, with the nearest plan that runs', () => {
    const verdict = outcomeOn(turing, 0)
    expect(verdict.outcome).toBe('unsupported')
    expect(verdict.refusals.map(({ feature, path }) => [feature, path])).toEqual([['bf16', 'precision.autocast'], ['flashAttention2', 'runtime.attention']])
    const nearest = supportedPlan(example.plan, turing)
    expect(nearest.precision).toMatchObject({ weights: example.plan.precision.weights === 'bf16' ? 'fp16' : 'fp32', autocast: 'fp16' })
    expect(nearest.runtime.attention).toBe('efficient')
    expect(refusalsOf(nearest, turing)).toEqual([])
    expect(estimate(nearest).ok).toBe(true)
    expect(describeRefusal(verdict.refusals[0]!, turing)).toContain('Tesla T4 has no bf16 units')
  })

  it('trains whole weights in fp32 where bf16 is missing: fp16 gradients cannot be unscaled', () => {
    const full = planOf(LLAMA_3_8B, { kind: 'full' }, { precision: { weights: 'bf16', autocast: 'none', outputsToFp32: false } })
    expect(supportedPlan(full, turing).precision).toMatchObject({ weights: 'fp32', autocast: 'fp16' })
  })

  it('does not refuse what is not known, and says memory first', () => {
    expect(refusalsOf(example.plan, { ...turing, features: { bf16: null, fp8: null, flashAttention2: null, flashAttention3: null } })).toEqual([])
    expect(outcomeOn({ ...turing, capacity: gib(16), free: gib(16) }, 0).outcome).toBe('does-not-fit')
  })
})

describe('the host', () => {
  const host = (ramFree: Bytes | null, diskFree: Bytes | null): TargetHost => ({ name: 'node', ramTotal: ramFree, ramFree, diskFree })
  const judged = (ramFree: Bytes | null, diskFree: Bytes | null) => judge(example, { devices: [card(gib(80))], reserve: 0.3, hosts: [host(ramFree, diskFree)] })!.hosts[0]!

  it('needs room for the model’s files and two checkpoints', () => {
    const { disk } = judged(null, gib(1))
    expect(disk.need.expected).toBeGreaterThan(2 * 8.03e9)
    expect(disk.need.expected).toBeLessThan(2 * 8.03e9 + 3e9)
    expect(disk.outcome).toBe('tight')
    expect(judged(null, gib(100)).disk.outcome).toBe('fits')
  })

  it('is tight where only a way of loading that avoids a copy fits, and unknown stays unknown', () => {
    expect(judged(gib(8), null).ram.outcome).toBe('tight')
    expect(judged(gib(64), null).ram.outcome).toBe('fits')
    expect(judged(null, null)).toMatchObject({ ram: { outcome: 'unknown' }, disk: { outcome: 'unknown' } })
  })

  it('shares a unified memory with the GPU', () => {
    const unified = outcomeOn({ ...card(gib(120)), sharesHostMemory: true }, 0)
    expect(gib(120) - unified.available).toBe(example.host!.training.expected)
  })

  it('tells whether the card would do if it were idle', () => {
    expect(outcomeOn(card(gib(80), gib(30)), 0)).toMatchObject({ outcome: 'does-not-fit', fitsWhenIdle: true })
    expect(outcomeOn(card(gib(24)), 0)).toMatchObject({ outcome: 'does-not-fit', fitsWhenIdle: false })
  })
})

describe('an inference engine on the card', () => {
  const grpo = withAlgorithm(example.plan, 'grpo')
  const plan: Plan = { ...grpo, reinforcement: { ...grpo.reinforcement!, generationBatch: 8, rollout: { ...grpo.reinforcement!.rollout, engine: 'vllm', share: 0.05 } }, data: { ...grpo.data, microBatch: 4 } }

  it('whose share leaves no room for the cache is refused with the smallest that does', () => {
    const device = card(gib(80))
    const tooSmall = estimate(plan, { deviceMemory: device.capacity })
    if (!tooSmall.ok) throw new Error(JSON.stringify(tooSmall.problems))
    const verdict = judge(tooSmall.value, { devices: [device], reserve: 0 })!.devices[0]!
    expect(verdict.outcome).toBe('unsupported')
    expect(verdict.refusals.map(({ feature, path }) => [feature, path])).toEqual([['engine-share', 'reinforcement.rollout.share']])
    expect(describeRefusal(verdict.refusals[0]!, device)).toMatch(/Give it at least 0\.2\d?\.$/)
    const enough = estimate(verdict.refusals[0]!.change, { deviceMemory: device.capacity })
    expect(enough.ok && judge(enough.value, { devices: [device], reserve: 0 })!.devices[0]!.refusals).toEqual([])
  })
})
