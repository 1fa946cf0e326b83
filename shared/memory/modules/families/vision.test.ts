import { describe, expect, it } from 'vitest'
import { findModel } from '../../../catalog/index.ts'
import { defaultPlan } from '../../../plan/index.ts'
import { estimate } from '../../index.ts'

const towerOf = (id: string) => {
  const result = estimate(defaultPlan(id), { depth: 'fast' })
  if (!result.ok) throw new Error(JSON.stringify(result.problems))
  return { tower: result.value.parts.find((part) => part.module === 'vision_tower'), estimate: result.value }
}

describe('vision-language models', () => {
  it.each(['Qwen/Qwen2.5-VL-7B-Instruct', 'Qwen/Qwen3-VL-8B-Instruct', 'google/gemma-3-12b-pt'])('keep their frozen tower on the card: %s', (id) => {
    const { tower, estimate: e } = towerOf(id)
    const { parameters } = findModel(id)!.architecture.vision!
    expect(tower!.bytes).toBe(Math.ceil(parameters * 2 / 512) * 512)
    // Language model as the tape holds it, and the tower, are the whole model.
    const full = estimate({ ...defaultPlan(id), method: { kind: 'full' } }, { depth: 'fast' })
    expect(full.ok && full.value.parameters.trainable + parameters).toBe(e.parameters.total)
    expect(e.assumptions.map((a) => a.code)).toContain('frozen-vision-tower')
  })

  it('whose language model attends to the image in layers of its own are planned with those layers', () => {
    const { estimate: e } = towerOf('meta-llama/Llama-3.2-11B-Vision-Instruct')
    expect(e.parts.map((part) => part.module)).toContain('cross_attn')
    expect(e.assumptions.map((a) => a.code)).toEqual(expect.arrayContaining(['images-not-simulated', 'cross-attended-image']))
  })
})
