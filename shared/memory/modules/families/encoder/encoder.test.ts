import { describe, expect, it } from 'vitest'
import { defaultPlan, type Plan } from '../../../../plan/index.ts'
import { estimate } from '../../../estimate.ts'

const MODELS = ['google-bert/bert-base-uncased', 'FacebookAI/roberta-base', 'BAAI/bge-m3', 'google-t5/t5-small', 'google/flan-t5-base', 'google/mt5-small']

describe.each(MODELS)('%s', (id) => {
  const base = defaultPlan(id)
  const plans: readonly (readonly [string, Plan])[] = [
    ['LoRA', base],
    ['full, recomputed', { ...base, method: { kind: 'full' }, runtime: { ...base.runtime, checkpointing: 'non-reentrant' } }],
    ['full, padded, reentrant', { ...base, method: { kind: 'full' }, data: { ...base.data, padding: true, microBatch: 3 }, runtime: { ...base.runtime, checkpointing: 'reentrant' } }]
  ]
  it.each(plans)('%s: three repeats extrapolate to the full tape to the byte', (_, plan) => {
    const [fast, full] = (['fast', 'full'] as const).map((depth) => {
      const result = estimate(plan, { depth })
      if (!result.ok) throw new Error(JSON.stringify(result.problems))
      return result.value
    })
    expect(fast!.phases).toEqual(full!.phases)
    const total = Object.values(full!.breakdown).reduce<number>((sum, part) => sum + part, 0)
    expect(total).toBe(full!.total.expected)
  })
})
