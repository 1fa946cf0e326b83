import { describe, expect, it } from 'vitest'
import { defaultMethod, defaultPlan, describeProblem, parsePlan, parsePlanText, quantizationOf, serializePlan, upcastsUnquantized, withQuantization, type Method, type Plan, type PlanProblem } from './index.ts'

const plan = defaultPlan()

function problemsOf (input: unknown): readonly PlanProblem[] {
  const result = parsePlan(input)
  return result.ok ? [] : result.problems
}
const sentences = (input: unknown): string[] => problemsOf(input).map((p) => describeProblem(p))

describe('a plan document', () => {
  it('survives writing and reading, for every method', () => {
    for (const kind of ['full', 'lora', 'qlora'] as const) {
      const written = serializePlan({ ...plan, method: defaultMethod(kind) })
      expect(parsePlanText(written)).toEqual({ ok: true, value: { ...plan, method: defaultMethod(kind) } })
    }
  })

  it('may begin with a byte order mark', () => {
    expect(parsePlanText('\uFEFF' + serializePlan(plan)).ok).toBe(true)
  })

  it('keeps an older document readable: every released version has a golden file here', () => {
    const v1 = '{"type":"headroom/plan","version":1,"model":{"id":"Qwen/Qwen2.5-7B"},"algorithm":"sft","method":{"kind":"qlora","rank":16,"alpha":32,"dropout":0,' +
      '"targets":"all-linear","adapterType":"bf16","quantization":{"type":"nf4","doubleQuantization":true},"upcastUnquantized":false},"precision":{"weights":"bf16",' +
      '"autocast":"bf16","outputsToFp32":true},"optimizer":{"kind":"adamw","implementation":"fused"},"data":{"sequenceLength":2048,"microBatch":2,' +
      '"gradientAccumulation":1,"padding":false},"runtime":{"attention":"flash","checkpointing":"non-reentrant","loss":"hugging-face","fusedKernels":[],"keepsLogits":false}}'
    expect(parsePlanText(v1)).toMatchObject({ ok: true, value: { model: { id: 'Qwen/Qwen2.5-7B' }, data: { microBatch: 2 } } })
  })
})

describe('methods over a base that may be quantized', () => {
  it.each(['vera', 'ia3', 'oft', 'prefix', 'prompt', 'p-tuning'] as const)('%s: without the fields as before, with them, and back', (kind) => {
    const before = { ...defaultPlan(), method: defaultMethod(kind) }
    expect(before.method).not.toHaveProperty('quantization')
    expect(parsePlan(before)).toEqual({ ok: true, value: before })
    expect(quantizationOf(before.method)).toBeNull()
    const method = withQuantization(before.method, { type: 'nf4', doubleQuantization: true })
    const upcast = { ...before, method: { ...method, upcastUnquantized: true } }
    expect(parsePlanText(serializePlan(upcast as Plan))).toEqual({ ok: true, value: upcast })
    expect(upcastsUnquantized(upcast.method as Method)).toBe(true)
    expect(withQuantization(upcast.method as Method, null)).toEqual(before.method)
  })
  it('is LoRA’s as QLoRA, and nothing to full training', () => {
    const lora = defaultMethod('lora')
    const qlora = withQuantization(lora, { type: 'int8', doubleQuantization: false })
    expect(qlora).toMatchObject({ kind: 'qlora', rank: 8, upcastUnquantized: false })
    expect(withQuantization(qlora, null)).toEqual(lora)
    expect(withQuantization({ kind: 'full' }, { type: 'nf4', doubleQuantization: true })).toEqual({ kind: 'full' })
  })
})

describe('bad documents get one clear error per mistake', () => {
  it.each<[string, unknown, string[]]>([
    ['a list', [], ['The document is not a Headroom plan. A plan is a JSON object with "type": "headroom/plan".']],
    ['another type', { ...plan, type: 'other' }, ['The document is not a Headroom plan. A plan is a JSON object with "type": "headroom/plan".']],
    ['a newer version', { ...plan, version: 7, fancy: true }, ['version was made by a newer Headroom (plan version 7; this one reads up to 1). Update Headroom to open it.']],
    ['an unknown field', { ...plan, data: { ...plan.data, microbatch: 1 } }, ['data.microbatch is not a field of a plan. Remove it, or correct its name (microBatch?).']],
    ['a field of another method', { ...plan, method: { ...plan.method, kind: 'full' } }, ['method.rank does not belong to this method. Remove it, or change the kind of method.']],
    ['a negative number', { ...plan, data: { ...plan.data, microBatch: -2 } }, ['data.microBatch is -2; the smallest possible value is 1.']],
    ['a huge number', { ...plan, data: { ...plan.data, sequenceLength: 1e12 } }, ['data.sequenceLength is 1,000,000,000,000; the largest possible value is 16,777,216.']],
    ['a fraction', { ...plan, data: { ...plan.data, gradientAccumulation: 1.5 } }, ['data.gradientAccumulation must be a whole number, not 1.5.']],
    ['text for a number', { ...plan, data: { ...plan.data, microBatch: '4' } }, ['data.microBatch must be a number, not "4".']],
    ['null for a number', { ...plan, data: { ...plan.data, microBatch: null } }, ['data.microBatch must be a number, not null.']],
    ['an unknown option', { ...plan, runtime: { ...plan.runtime, attention: 'sdpa' } }, ['runtime.attention is "sdpa"; choose one of "flash", "flash-2", "flash-repeated-kv", "flash-3", "cudnn", "efficient", "math", "eager".']],
    ['a missing part', { ...plan, data: undefined }, ['data is missing. Add it.']],
    ['an unknown method', { ...plan, method: { kind: 'lorra' } }, ['method.kind is "lorra"; choose one of "full", "freeze", "lora", "qlora", "vera", "ia3", "oft", "prefix", "prompt", "p-tuning".']],
    ['an empty list of targets', { ...plan, method: { ...plan.method, targets: [] } }, ['method.targets must be filled in, not [].']],
    ['a wrong list item', { ...plan, method: { ...plan.method, targets: ['q_proj', 3] } }, ['method.targets[1] must be text in quotes, not 3.']]
  ])('%s', (_, input, expected) => {
    expect(sentences(input)).toEqual(expected)
  })

  it('reports all of them at once', () => {
    expect(problemsOf({ ...plan, extra: 1, data: { ...plan.data, microBatch: 0, sequenceLength: 0 } })).toHaveLength(3)
  })

  it('text that is not JSON', () => {
    const result = parsePlanText('{"type": ')
    expect(result.ok ? [] : result.problems).toMatchObject([{ path: '', code: 'not-json' }])
  })

  it('speaks Chinese', () => {
    expect(problemsOf({ ...plan, data: { ...plan.data, microBatch: -2 } }).map((p) => describeProblem(p, 'zh'))).toEqual(['data.microBatch 为 -2；允许的最小值是 1。'])
  })
})
