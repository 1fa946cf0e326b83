import { describe, expect, it } from 'vitest'
import { models } from '../../../catalog/index.ts'
import { defaultPlan, type Plan } from '../../../plan/index.ts'
import { estimate, simulates } from '../../index.ts'
import { imagePartOf } from './index.ts'

const near = models.filter(({ architecture }) => imagePartOf(architecture)?.approximates)

describe('models whose tower another one stands for', () => {
  it.each(near.map(({ id, architecture }) => [id, architecture] as const))('%s take images, say so, and have an interval', (id, architecture) => {
    if (!simulates(architecture)) return
    const images = { perSample: 1, height: 896, width: 896 }
    const base = defaultPlan(id)
    const plan: Plan = { ...base, data: { ...base.data, images, sequenceLength: Math.max(2048, imagePartOf(architecture)!.imageTokens(architecture, images)) } }
    const { images: _, ...data } = plan.data
    const [seen, text] = [plan, { ...plan, data }].map((one) => {
      const result = estimate(one, { depth: 'fast' })
      if (!result.ok) throw new Error(JSON.stringify(result.problems))
      return result.value
    })
    expect(seen!.assumptions.map(({ code }) => code)).toContain('images-nearest')
    expect(seen!.allocated).toBeGreaterThanOrEqual(text!.allocated)
    expect(seen!.total.high - seen!.total.low).toBeGreaterThan(text!.total.high - text!.total.low)
    expect(estimate({ ...plan, vision: { tower: 'trained', projector: 'frozen' } }, { depth: 'fast' }).ok).toBe(false)
  })
})
