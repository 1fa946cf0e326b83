import { describe, expect, it } from 'vitest'
import { defaultPlan, type Plan } from '../../../plan/index.ts'
import { describeAssumption, estimate, type Estimate } from '../../index.ts'

const images = { perSample: 2, height: 448, width: 672 }

function planned (id: string, changes: Partial<Plan> = {}, data: Partial<Plan['data']> = {}): Plan {
  const plan = defaultPlan(id)
  return { ...plan, ...changes, data: { ...plan.data, sequenceLength: 2048, images, ...data } }
}

function estimated (plan: Plan, depth: 'fast' | 'full' = 'fast'): Estimate {
  const result = estimate(plan, { depth })
  if (!result.ok) throw new Error(JSON.stringify(result.problems))
  return result.value
}

const problems = (plan: Plan): readonly { path: string, code: string }[] => {
  const result = estimate(plan, { depth: 'fast' })
  return result.ok ? [] : result.problems.map(({ path, code }) => ({ path, code }))
}

const TRAINED = { tower: 'trained', projector: 'trained' } as const

describe('images in the batch', () => {
  it.each([
    ['Qwen/Qwen3-VL-2B-Instruct', { method: { kind: 'full' } as const, vision: TRAINED }],
    ['Qwen/Qwen3-VL-2B-Instruct', {}],
    ['Qwen/Qwen2.5-VL-3B-Instruct', { vision: TRAINED }],
    ['google/gemma-3-4b-pt', { method: { kind: 'full' } as const, vision: TRAINED }],
    ['llava-hf/llava-1.5-7b-hf', { vision: TRAINED }]
  ])('the fast path equals the full tape: %s %o', (id, changes) => {
    const plan = planned(id, changes)
    const [fast, full] = [estimated(plan), estimated(plan, 'full')]
    expect(fast.phases).toEqual(full.phases)
    const sum = full.parts.reduce((total, part) => total + part.bytes, 0)
    expect(sum).toBeLessThanOrEqual(full.allocated)
  })

  it('a trained tower takes more than a frozen one, and a frozen one more than none', () => {
    const id = 'Qwen/Qwen2.5-VL-3B-Instruct'
    const runtime = { ...defaultPlan(id).runtime, checkpointing: 'none' as const }
    const { images: _, ...text } = planned(id).data
    const method = { kind: 'full' as const }
    const none = estimated({ ...planned(id, { runtime, method }), data: text })
    const frozen = estimated(planned(id, { runtime, method }))
    const trained = estimated(planned(id, { runtime, method, vision: TRAINED }))
    expect(frozen.allocated).toBeGreaterThan(none.allocated)
    expect(trained.allocated).toBeGreaterThan(frozen.allocated)
  })

  it('never take less when there are more of them, or larger ones', () => {
    const of = (perSample: number, height: number): number => estimated(planned('Qwen/Qwen3-VL-2B-Instruct', {}, { images: { perSample, height, width: 448 } })).allocated
    const allocated = [of(1, 448), of(2, 448), of(2, 896), of(4, 896)]
    expect(allocated).toEqual([...allocated].sort((a, b) => a - b))
  })

  it('say how many tokens they take, and are refused where the sequence has no room for them', () => {
    const assumption = estimated(planned('google/gemma-3-4b-pt')).assumptions.find(({ code }) => code === 'images')!
    expect(assumption.values).toMatchObject({ images: 2, tokens: 256 })
    expect(describeAssumption(assumption)).toContain('2 images')
    expect(problems(planned('google/gemma-3-4b-pt', {}, { images: { ...images, perSample: 9 } }))).toEqual([{ path: 'data.images.perSample', code: 'images-too-long' }])
  })

  it.each([
    ['Qwen/Qwen2.5-7B-Instruct', {}, 'no-vision-tower'],
    ['google/gemma-3-4b-pt', { method: { kind: 'prompt', virtualTokens: 20 } as const }, 'images-with-prompt'],
    ['google/gemma-3-4b-pt', { method: { kind: 'vera', rank: 8, dropout: 0, targets: 'all-linear', adapterType: 'fp32' } as const, vision: TRAINED }, 'vision-not-by-method'],
    ['google/gemma-3n-E4B', { vision: TRAINED }, 'tower-not-trained']
  ])('%s: %o is refused as %s', (id, changes, code) => {
    expect(problems(planned(id, changes)).map((problem) => problem.code)).toContain(code)
  })

  it('a plan without them stays what it was', () => {
    const { images: _, ...data } = planned('google/gemma-3-4b-pt').data
    const text = estimated({ ...planned('google/gemma-3-4b-pt'), data })
    expect(text.assumptions.map(({ code }) => code)).toContain('frozen-vision-tower')
    expect(problems({ ...planned('google/gemma-3-4b-pt', { vision: TRAINED }), data })).toEqual([
      { path: 'vision.tower', code: 'vision-needs-images' }, { path: 'vision.projector', code: 'vision-needs-images' }
    ])
  })
})
