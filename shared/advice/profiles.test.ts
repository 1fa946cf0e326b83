import { describe, expect, it } from 'vitest'
import { estimate } from '../memory/index.ts'
import { defaultMethod, defaultPlan, PACKINGS, parsePlan, withAlgorithm, type Method, type Plan } from '../plan/index.ts'
import { applyProfile, PROFILES, type AppliedProfile } from '../plan/profiles/index.ts'

const KINDS = ['full', 'freeze', 'lora', 'qlora', 'vera', 'ia3', 'oft', 'prefix', 'prompt', 'p-tuning'] as const satisfies readonly Method['kind'][]
const planFor = (kind: Method['kind'], data: Partial<Plan['data']> = {}): Plan => {
  const plan = defaultPlan('Qwen/Qwen2.5-0.5B')
  return { ...plan, method: defaultMethod(kind), data: { ...plan.data, sequenceLength: 512, ...data } }
}
function applied (plan: Plan, id: string): AppliedProfile {
  const result = applyProfile(plan, id)
  if (!result) throw new Error(id)
  return result
}

describe.each(PROFILES.map((profile) => profile.id))('%s', (id) => {
  it.each(KINDS)('sets a plan for %s that is valid, can be estimated and stays as it is when applied again', (kind) => {
    for (const data of [{}, { padding: true, gradientAccumulation: 4 }]) {
      const { plan, changes } = applied(planFor(kind, data), id)
      expect(parsePlan(plan)).toEqual({ ok: true, value: plan })
      const result = estimate(plan, { depth: 'fast' })
      expect(result.ok ? [] : result.problems).toEqual([])
      expect(applied(plan, id).changes).toEqual([])
      for (const { path, source } of changes) {
        expect(path).toMatch(/^(precision|optimizer|runtime|data\.(packing|padToMultipleOf)|method\.(adapterType|upcastUnquantized))/)
        expect(source).toMatch(/^(transformers|accelerate|peft|trl|llamafactory|axolotl|unsloth|unsloth_zoo|torchtune|openrlhf|verl|ms-swift) .*\d/)
      }
    }
  })
  it.each(['dpo', 'grpo', 'ppo'] as const)('sets a plan for %s that can be estimated, with its own losses', (algorithm) => {
    const start = withAlgorithm(planFor('lora'), algorithm)
    const { plan } = applied(start, id)
    expect(parsePlan(plan)).toEqual({ ok: true, value: plan })
    expect(applied(plan, id).changes).toEqual([])
    const result = estimate(plan, { depth: 'fast' })
    expect(result.ok ? [] : result.problems).toEqual([])
  })
  it.each(PACKINGS)('packs what %s packs in a way that it has, and that can be estimated', (packing) => {
    for (const attention of ['flash', 'efficient', 'eager'] as const) {
      const start = planFor('lora', { packing, microBatch: 4 })
      const { plan, notes } = applied({ ...start, runtime: { ...start.runtime, attention } }, id)
      expect(parsePlan(plan)).toEqual({ ok: true, value: plan })
      expect(plan.data.packing).toBeDefined()
      expect(applied(plan, id).changes).toEqual([])
      const result = estimate(plan, { depth: 'fast' })
      expect(result.ok ? [] : result.problems).toEqual([])
      for (const note of notes) expect(note.zh).not.toBe(note.en)
    }
  })
  it('has notes in both languages', () => {
    const { notes } = applied(planFor('freeze'), id)
    for (const note of notes) expect(note.zh).not.toBe(note.en)
  })
})

/* Peaks of the reference simulator for LLaMA-Factory's defaults: Llama-3.1-8B r8 all-linear b4, Qwen2.5-7B QLoRA r16 b2, both 2,048 tokens. */
it.each([
  ['meta-llama/Llama-3.1-8B', { ...defaultMethod('lora'), targets: 'all-linear' } as Method, 4, 29.06],
  ['Qwen/Qwen2.5-7B', defaultMethod('qlora'), 2, 13.4]
])('LLaMA-Factory runs %s in the memory it was worked out to take', (model, method, microBatch, gibibytes) => {
  const start = defaultPlan(model)
  const result = estimate(applied({ ...start, method, data: { ...start.data, microBatch } }, 'llama-factory-0.9').plan, { depth: 'fast' })
  if (!result.ok) throw new Error(JSON.stringify(result.problems))
  expect(result.value.phases[result.value.peakPhase]!.peak / 1024 ** 3).toBeCloseTo(gibibytes, 2)
})

describe('what the frameworks are known for', () => {
  it('LLaMA-Factory trains fp32 copies under autocast, and checkpoints reentrantly', () => {
    expect(applied(planFor('full'), 'llama-factory-0.9').plan).toMatchObject({ precision: { weights: 'fp32', autocast: 'bf16' }, runtime: { checkpointing: 'reentrant' } })
    expect(applied(planFor('lora'), 'llama-factory-0.9').plan).toMatchObject({ precision: { weights: 'bf16' }, method: { adapterType: 'fp32' } })
  })
  it('TRL loads fp32, keeps QLoRA’s adapters in bf16 and chunks the loss', () => {
    expect(applied(planFor('qlora'), 'trl-sft-1.13').plan).toMatchObject({ precision: { weights: 'fp32' }, method: { adapterType: 'bf16' }, runtime: { loss: 'trl-chunked', checkpointing: 'non-reentrant' } })
  })
  it('an old Trainer copies the shifted logits and steps with foreach', () => {
    expect(applied(planFor('lora'), 'hf-trainer-4.48').plan).toMatchObject({ optimizer: { kind: 'adamw', implementation: 'foreach' }, runtime: { loss: 'hugging-face-shift' } })
  })
  it('Unsloth offloads checkpoints and steps in 8 bits', () => {
    expect(applied(planFor('lora'), 'unsloth-2026.10').plan).toMatchObject({ optimizer: { kind: 'adamw-8bit' }, runtime: { checkpointOffload: 'unsloth' } })
  })
  it('LLaMA-Factory pads to 8 and makes the mask of packed rows itself under SDPA; axolotl pads to 64, TRL not', () => {
    const padded = planFor('lora', { padding: true })
    expect(applied(padded, 'llama-factory-0.9').plan.data.padToMultipleOf).toBe(8)
    expect(applied(padded, 'axolotl-0.19').plan.data.padToMultipleOf).toBe(64)
    expect(applied(applied(padded, 'axolotl-0.19').plan, 'trl-sft-1.13').plan.data.padToMultipleOf).toBeUndefined()
    const packed = planFor('lora', { packing: 'packed' })
    expect(applied(packed, 'llama-factory-0.9').plan).toMatchObject({ data: { packing: 'packed' }, runtime: { attention: 'flash' } })
    expect(applied({ ...packed, runtime: { ...packed.runtime, attention: 'efficient' } }, 'llama-factory-0.9').plan.data.packing).toBe('block-mask')
    expect(applied({ ...packed, runtime: { ...packed.runtime, attention: 'eager' } }, 'ms-swift-4.5').plan.runtime.attention).toBe('flash')
  })
  it('says what was before, what is now, and where that is written', () => {
    expect(applied(planFor('lora'), 'torchtune-0.6').changes).toContainEqual({
      path: 'precision.autocast', from: 'bf16', to: 'none', source: 'torchtune 0.6.1 recipes/configs/llama3_1/8B_lora_single_device.yaml dtype: bf16 is the type of everything'
    })
  })
  it('does not know others', () => expect(applyProfile(planFor('lora'), 'megatron')).toBeNull())
})
