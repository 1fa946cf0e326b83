import { describe, expect, it } from 'vitest'
import { defaultPlan, type Plan } from '../plan/index.ts'
import { GIB } from '../units/index.ts'
import { BF16_AUTOCAST, FP32_AUTOCAST, FULL, LLAMA_3_8B, LLAMA_7B, lora, planOf, QWEN_25_7B, qlora, type PlanChanges } from './fixtures/plans.ts'
import { estimate, type Estimate } from './index.ts'

function estimateOf (plan: Plan, depth: 'fast' | 'full' = 'full'): Estimate {
  const result = estimate(plan, { depth })
  if (!result.ok) throw new Error(JSON.stringify(result.problems))
  return result.value
}

const checkpointed: PlanChanges = { runtime: { checkpointing: 'non-reentrant' } }
const foreach: PlanChanges = { optimizer: { kind: 'adamw', implementation: 'foreach' } }
const loraData: PlanChanges = { precision: BF16_AUTOCAST, data: { microBatch: 4 } }
const qloraData: PlanChanges = { precision: BF16_AUTOCAST, data: { microBatch: 2 } }

/* The worked examples of the specification, traced from Hugging Face code: GiB of allocated tensors at the peak, and reserved by replay. */
const WORKED: readonly { name: string, plan: Plan, peak: number, reserved: number, weights: number }[] = [
  { name: 'LLaMA-7B full bf16, fused AdamW', plan: planOf(LLAMA_7B, FULL), peak: 50.221, reserved: 54.217, weights: 12.551 },
  { name: 'the same, checkpointed', plan: planOf(LLAMA_7B, FULL, checkpointed), peak: 50.221, reserved: 52.145, weights: 12.551 },
  { name: 'the same, foreach AdamW', plan: planOf(LLAMA_7B, FULL, { ...checkpointed, ...foreach }), peak: 62.757, reserved: 64.695, weights: 12.551 },
  { name: 'LLaMA-7B full, fp32 under autocast', plan: planOf(LLAMA_7B, FULL, { ...checkpointed, precision: FP32_AUTOCAST }), peak: 100.442, reserved: 109.709, weights: 25.103 },
  { name: 'Llama-3.1-8B LoRA r8 q v', plan: planOf(LLAMA_3_8B, lora(), loraData), peak: 64.786, reserved: 67.514, weights: 14.957 },
  { name: 'the same, checkpointed', plan: planOf(LLAMA_3_8B, lora(), { ...loraData, ...checkpointed }), peak: 28.864, reserved: 32.199, weights: 14.957 },
  { name: 'the same, reentrant', plan: planOf(LLAMA_3_8B, lora(), { ...loraData, runtime: { checkpointing: 'reentrant' } }), peak: 28.864, reserved: 32.199, weights: 14.957 },
  { name: 'Qwen2.5-7B QLoRA', plan: planOf(QWEN_25_7B, qlora(), { ...qloraData, ...checkpointed }), peak: 13.174, reserved: 15.35, weights: 5.068 },
  { name: 'Qwen2.5-7B QLoRA, fp32 adapters, upcast', plan: planOf(QWEN_25_7B, qlora({ adapterType: 'fp32', upcastUnquantized: true }), { ...qloraData, ...checkpointed }), peak: 17.213, reserved: 19.744, weights: 7.1 },
  { name: 'Qwen2.5-7B QLoRA without checkpointing', plan: planOf(QWEN_25_7B, qlora(), qloraData), peak: 34.922, reserved: 37.072, weights: 5.068 }
]

describe('worked examples', () => {
  it.each(WORKED)('$name', ({ plan, peak, reserved }) => {
    const e = estimateOf(plan)
    expect(e.phases[e.peakPhase]!.peak / GIB).toBeCloseTo(peak, 2)
    // The replay of the reference and ours differ by a few temporaries (the fused bias of 4-bit layers).
    expect(Math.abs(e.reserved.expected / GIB / reserved - 1)).toBeLessThan(0.015)
  })

  it('follows LLaMA-7B through both optimizer steps', () => {
    const gib = estimateOf(planOf(LLAMA_7B, FULL)).phases.map((p) => [p.kind, p.step, Number((p.peak / GIB).toFixed(3))])
    expect(gib).toEqual([
      ['load', 0, 12.551], ['forward', 0, 24.608], ['backward', 0, 25.118], ['optimizer', 0, 50.205],
      ['forward', 1, 49.711], ['backward', 1, 50.221], ['optimizer', 1, 50.205]
    ])
  })
})

describe('what an estimate promises', () => {
  it.each(WORKED)('parts and categories add up to the total: $name', ({ plan }) => {
    for (const depth of ['fast', 'full'] as const) {
      const e = estimateOf(plan, depth)
      const sum = (values: Iterable<number>): number => [...values].reduce((a, b) => a + b, 0)
      expect(sum(Object.values(e.breakdown))).toBe(e.total.expected)
      expect(sum(e.parts.map((p) => p.bytes)) + e.breakdown.workspace!).toBe(e.allocated)
      for (const phase of e.phases) expect(sum(Object.values(phase.breakdown))).toBe(phase.peak)
      for (const quantity of [e.reserved, e.total]) {
        expect(quantity.low).toBeLessThanOrEqual(quantity.expected)
        expect(quantity.expected).toBeLessThanOrEqual(quantity.high)
      }
    }
  })

  it.each(WORKED)('names the weights and a source for every part: $name', ({ plan, weights }) => {
    const e = estimateOf(plan)
    expect(((e.breakdown.weights ?? 0)) / GIB).toBeCloseTo(weights, 1)
    for (const part of e.parts) {
      expect(part.source).not.toBe('')
      const elements = part.shape.reduce((n, d) => n * d.size, 1)
      expect(part.bytes).toBe(part.count * Math.ceil(elements * part.bytesPerElement / 512) * 512)
    }
  })

  it('counts parameters of the base model and of the adapters', () => {
    expect(estimateOf(planOf(LLAMA_7B, FULL)).parameters).toEqual({ total: 6_738_415_616, trainable: 6_738_415_616 })
    expect(estimateOf(planOf(LLAMA_3_8B, lora())).parameters).toEqual({ total: 8_030_261_248, trainable: 3_407_872 })
    expect(estimateOf(planOf(LLAMA_3_8B, lora({ targets: 'all-linear' }))).parameters.trainable).toBe(20_971_520)
  })

  it('takes a larger cuBLAS workspace on compute capability 9.0', () => {
    const plan = planOf(LLAMA_3_8B, lora(), { ...loraData, ...checkpointed })
    const result = estimate(plan, { computeCapability: '9.0' })
    expect(result.ok && result.value.breakdown.workspace).toBe(64 * 1024 ** 2)
  })
})

describe('plans that cannot be run', () => {
  const problemsOf = (plan: Plan) => {
    const result = estimate(plan)
    return result.ok ? [] : result.problems.map((p) => [p.path, p.code])
  }

  it('names an unknown model and suggests one', () => {
    const result = estimate({ ...defaultPlan(), model: { id: 'meta-llama/Llama-3.1-8BB' } })
    expect(result.ok ? null : result.problems).toMatchObject([{ path: 'model.id', code: 'unknown-model', values: { suggestion: expect.stringContaining('Llama-3.1-8B') as string } }])
  })

  it('names a LoRA target that the model does not have, and one named twice', () => {
    const plan = planOf(LLAMA_3_8B, lora({ targets: ['q_proj', 'query_key_value', 'q_proj'] }))
    expect(problemsOf(plan)).toEqual([['method.targets[1]', 'unknown-lora-target'], ['method.targets[2]', 'duplicate-lora-target']])
  })

  it('names heads that do not divide', () => {
    expect(problemsOf(planOf({ ...LLAMA_3_8B, kvHeads: 7 }, FULL))).toEqual([['model.architecture.heads', 'heads-do-not-divide']])
  })

  it('refuses flash attention on fp32 activations', () => {
    expect(problemsOf(planOf(LLAMA_7B, FULL, { precision: { weights: 'fp32', autocast: 'none', outputsToFp32: false } }))).toEqual([['runtime.attention', 'attention-type']])
  })

  it('returns every problem at once', () => {
    expect(problemsOf(planOf({ ...LLAMA_3_8B, kvHeads: 7, headDim: 127 }, lora({ targets: ['wq'] })))).toHaveLength(3)
  })
})
