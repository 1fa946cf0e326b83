import { describe, expect, it } from 'vitest'
import { defaultPlan, type Plan } from '../../../plan/index.ts'
import { estimate, type Estimate } from '../../index.ts'

const TRAINED = { tower: 'trained', projector: 'trained' } as const
const SCOUT = 'meta-llama/Llama-4-Scout-17B-16E-Instruct'

function planned (id: string, changes: Partial<Plan> = {}): Plan {
  const plan = defaultPlan(id)
  return { ...plan, ...changes, data: { ...plan.data, sequenceLength: 4096, images: { perSample: 2, height: 448, width: 672 } } }
}

function estimated (plan: Plan, depth: 'fast' | 'full' = 'fast'): Estimate {
  const result = estimate(plan, { depth })
  if (!result.ok) throw new Error(JSON.stringify(result.problems))
  return result.value
}

const checkpointed = (id: string, checkpointing: Plan['runtime']['checkpointing']): Plan =>
  planned(id, { vision: TRAINED, runtime: { ...defaultPlan(id).runtime, checkpointing } })

describe.each(['zai-org/GLM-4.1V-9B-Thinking', 'zai-org/GLM-4.5V', 'OpenGVLab/InternVL3_5-30B-A3B', 'internlm/Intern-S1-mini', SCOUT])('images of %s', (id) => {
  it.each(['none', 'non-reentrant', 'reentrant'] as const)('the fast path equals the full tape under checkpointing %s', (checkpointing) => {
    const plan = checkpointed(id, checkpointing)
    const [fast, full] = [estimated(plan), estimated(plan, 'full')]
    expect(fast.phases).toEqual(full.phases)
    expect(full.parts.reduce((total, part) => total + part.bytes, 0)).toBeLessThanOrEqual(full.allocated)
  })
})

describe('the tower of Llama 4 under reentrant checkpoints', () => {
  const codes = (checkpointing: Plan['runtime']['checkpointing']): string[] => estimated(checkpointed(SCOUT, checkpointing)).assumptions.map(({ code }) => code)

  it('is said to stay as it is', () => {
    expect(codes('reentrant')).toContain('tower-cut-by-checkpoints')
    expect(codes('non-reentrant')).not.toContain('tower-cut-by-checkpoints')
  })
})
