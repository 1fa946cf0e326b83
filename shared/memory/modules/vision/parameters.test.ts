import { describe, expect, it } from 'vitest'
import { models } from '../../../catalog/index.ts'
import { defaultPlan } from '../../../plan/index.ts'
import { estimate } from '../../index.ts'
import { imagePartOf } from './index.ts'

const followed = models.filter(({ architecture }) => imagePartOf(architecture)?.approximates === undefined && imagePartOf(architecture) !== null)

describe('towers that are followed module by module', () => {
  it('are those of these models', () => {
    expect(followed.length).toBeGreaterThan(10)
  })

  it.each(followed.map(({ id }) => id))('have all the parameters that the catalog counts: %s', (id) => {
    const { architecture } = followed.find((model) => model.id === id)!
    const part = imagePartOf(architecture)!
    const images = { perSample: 1, height: 336, width: 336 }
    const plan = defaultPlan(id)
    const trainable = (vision: 'frozen' | 'trained'): number => {
      const result = estimate({
        ...plan, algorithm: 'sft', method: { kind: 'full' }, vision: { tower: vision, projector: vision },
        data: { ...plan.data, images, sequenceLength: Math.max(1024, part.imageTokens(architecture, images)) }
      }, { depth: 'fast' })
      if (!result.ok) throw new Error(JSON.stringify(result.problems))
      return result.value.parameters.trainable
    }
    expect(trainable('trained') - trainable('frozen')).toBe(architecture.vision!.parameters)
  })
})
