import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { arbitraryPlan } from '../../memory/fixtures/arbitraryPlan.ts'
import { FP32_AUTOCAST, FULL, LLAMA_3_8B, lora, planOf, qlora } from '../../memory/fixtures/plans.ts'
import { estimate } from '../../memory/index.ts'
import { defaultMethod, parsePlan, type Plan } from '../../plan/index.ts'
import { compareWithSimpleSum, LEVERS, leverName, savingsOf, type Lever, type Savings } from './index.ts'

function savings (plan: Plan): Savings {
  const result = savingsOf(plan)
  if (!result.ok) throw new Error(JSON.stringify(result.problems))
  return result.value
}
const saved = (of: Savings, lever: Lever): number | undefined => of.savings.find((s) => s.lever === lever)?.saved
const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0)

describe('what changes save', () => {
  const full = savings(planOf(LLAMA_3_8B, FULL, { precision: FP32_AUTOCAST, data: { microBatch: 4 } }))
  const P = 8_030_261_248

  it('LoRA: the weights’ fp32 copy, gradients and Adam states of a full fine-tuning', () => {
    const { byCategory } = full.savings.find((s) => s.lever === 'lora')!
    expect(byCategory.weights! / (2 * P)).toBeCloseTo(1, 2)
    expect(byCategory['optimizer-states']! / (8 * P)).toBeCloseTo(1, 2)
  })
  it('pure bf16: half of the weights and states', () => {
    const { byCategory } = full.savings.find((s) => s.lever === 'pure-bf16')!
    expect(byCategory.weights! / (2 * P)).toBeCloseTo(1, 2)
    expect(byCategory['optimizer-states']! / (4 * P)).toBeCloseTo(1, 2)
  })
  it('8-bit Adam: three quarters of the fp32 states, but for the embedding, which bitsandbytes keeps in 32 bits', () => {
    const { byCategory } = full.savings.find((s) => s.lever === 'optimizer-8bit')!
    expect(byCategory['optimizer-states']! / ((6 - 8 / 256) * (P - 128_256 * 4096))).toBeCloseTo(1, 3)
  })
  it('QLoRA saves more than LoRA, and less micro-batch, checkpointing and a fused loss save something', () => {
    expect(saved(full, 'qlora')).toBeGreaterThan(saved(full, 'lora')!)
    for (const lever of ['checkpointing', 'micro-batch', 'sequence', 'fused-loss', 'fused-kernels'] as const) expect(saved(full, lever)).toBeGreaterThan(0)
  })
  it('offers nothing that the plan already has, and says what that saves', () => {
    const plan = planOf(LLAMA_3_8B, qlora(), { runtime: { checkpointing: 'non-reentrant', loss: 'liger-fused-linear' } })
    const { savings: offered, applied } = savings(plan)
    expect(offered.map((s) => s.lever)).not.toEqual(expect.arrayContaining(['qlora']))
    for (const lever of ['lora', 'qlora', 'checkpointing', 'fused-loss'] as const) expect(offered.map((s) => s.lever)).not.toContain(lever)
    expect(applied.map((s) => s.lever)).toEqual(expect.arrayContaining(['qlora', 'checkpointing', 'fused-loss']))
    expect(applied.find((s) => s.lever === 'qlora')!.saved).toBeGreaterThan(9 * 1024 ** 3)
  })
  it('offers a quantized base under methods that are not LoRA, and says what it saves', () => {
    const plan = planOf(LLAMA_3_8B, defaultMethod('ia3'), { precision: { weights: 'bf16', autocast: 'bf16', outputsToFp32: true }, data: { microBatch: 1, sequenceLength: 256 } })
    const { plan: quantized, saved: bytes } = savings(plan).savings.find((s) => s.lever === 'quantized-base')!
    expect(quantized.method).toMatchObject({ kind: 'ia3', quantization: { type: 'nf4' } })
    expect(bytes).toBeGreaterThan(8 * 1024 ** 3)
    expect(savings(quantized).applied.map((s) => s.lever)).toContain('quantized-base')
    expect(savings(planOf(LLAMA_3_8B, lora())).savings.map((s) => s.lever)).not.toContain('quantized-base')
  })
  it('keeps the optimizer step the same when the micro-batch is halved', () => {
    const { plan, changes } = savings(planOf(LLAMA_3_8B, lora(), { data: { microBatch: 4, gradientAccumulation: 3 } })).savings.find((s) => s.lever === 'micro-batch')!
    expect(plan.data).toMatchObject({ microBatch: 2, gradientAccumulation: 6 })
    expect(changes).toEqual([{ path: 'data.microBatch', from: 4, to: 2 }, { path: 'data.gradientAccumulation', from: 3, to: 6 }])
  })
  it('a halved micro-batch alone saves; accumulating instead keeps every gradient through the next forward pass', () => {
    expect(saved(full, 'smaller-batch')).toBeGreaterThan(saved(full, 'micro-batch')!)
    expect(full.savings.find((s) => s.lever === 'smaller-batch')!.plan.data).toMatchObject({ microBatch: 2, gradientAccumulation: 1 })
  })
  it('takes padding out with FlashAttention’s own package, and halves the longest sample, not a length that none has', () => {
    const padded = savings(planOf(LLAMA_3_8B, lora(), { data: { microBatch: 4, sequenceLength: 8192, padding: true, lengths: { mean: 300, p95: 900, longest: 2000 } } })).savings
    expect(padded.find((s) => s.lever === 'flash-attention')!.changes).toEqual([{ path: 'runtime.attention', from: 'flash', to: 'flash-2' }])
    expect(padded.find((s) => s.lever === 'sequence')!.plan.data.sequenceLength).toBe(1000)
  })
  it('names every lever in both languages', () => {
    for (const lever of LEVERS) expect(leverName(lever, 'zh')).not.toBe(leverName(lever, 'en'))
  })
})

describe('over random plans', () => {
  it('every changed plan is a valid document, differs, and its difference adds up by category', () => {
    fc.assert(fc.property(arbitraryPlan, (plan) => {
      const all = savings(plan)
      for (const { plan: changed, changes, saved: total, byCategory } of [...all.savings, ...all.applied]) {
        expect(parsePlan(changed)).toEqual({ ok: true, value: changed })
        expect(changes.length).toBeGreaterThan(0)
        expect(sum(Object.values(byCategory))).toBe(total)
      }
      expect(all.savings.map((s) => s.saved)).toEqual(all.savings.map((s) => s.saved).toSorted((a, b) => b - a))
    }), { numRuns: 40 })
  })
  it('the terms of the comparison with the simple sum add up on both sides', () => {
    fc.assert(fc.property(arbitraryPlan, (plan) => {
      const result = estimate(plan, { depth: 'fast' })
      if (!result.ok) throw new Error(JSON.stringify(result.problems))
      const { terms, simple, real } = compareWithSimpleSum(result.value)
      expect(sum(terms.map((t) => t.real))).toBe(real)
      expect(sum(terms.map((t) => t.simple))).toBeCloseTo(simple, 3)
      expect(real).toBe(result.value.total.expected)
    }), { numRuns: 40 })
  })
})

it('counts 16 bytes per parameter for fp32 AdamW, as everyone does', () => {
  const result = estimate(planOf(LLAMA_3_8B, FULL, { precision: FP32_AUTOCAST }), { depth: 'fast' })
  expect(compareWithSimpleSum((result as Extract<typeof result, { ok: true }>).value).simple).toBe(16 * 8_030_261_248)
})
