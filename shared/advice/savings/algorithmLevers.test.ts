import { describe, expect, it } from 'vitest'
import { estimate } from '../../memory/index.ts'
import { defaultPlan, parsePlan, withAlgorithm, type Plan } from '../../plan/index.ts'
import { gib } from '../../units/index.ts'
import { ALGORITHM_LEVERS, pullAlgorithm, type AlgorithmLever } from './algorithmLevers.ts'
import { savingsOf } from './savings.ts'

const grpo = withAlgorithm(defaultPlan('Qwen/Qwen2.5-7B'), 'grpo')
const crowded: Plan = {
  ...grpo,
  reinforcement: {
    ...grpo.reinforcement!, beta: 0.04, reference: 'model', groupSize: 4, reward: { kind: 'model', weights: 'bf16', place: 'device', between: 'device' },
    rollout: { ...grpo.reinforcement!.rollout, engine: 'vllm', share: 0.3 }
  }
}

describe('what practitioners change', () => {
  const applicable: readonly AlgorithmLever[] = ALGORITHM_LEVERS.filter((lever) => lever !== 'precomputed-reference' && lever !== 'critic-head')
  it.each(applicable)('%s gives a plan that is valid and estimated', (lever) => {
    const changed = pullAlgorithm(lever, crowded)
    expect(changed).not.toBeNull()
    expect(parsePlan(changed).ok).toBe(true)
    expect(estimate(changed!, { depth: 'fast' }).ok).toBe(true)
    // Pulled once, it has nothing left to change; halving can go on.
    if (!['shorter-completions', 'smaller-generation', 'smaller-reward'].includes(lever)) expect(pullAlgorithm(lever, changed!)).toBeNull()
  })

  it('saves a copy of the model by sharing the base, and the cache by sleeping', () => {
    const savings = savingsOf(crowded, { deviceMemory: gib(80) })
    if (!savings.ok) throw new Error(JSON.stringify(savings.problems))
    const saved = (lever: string): number => savings.value.savings.find((saving) => saving.lever === lever)!.saved
    expect(saved('shared-reference')).toBeGreaterThan(gib(13))
    // Asleep, the engine no longer decides while the policy learns; then its own awake moment does.
    expect(saved('engine-sleep')).toBeGreaterThan(gib(2))
    const asleep = estimate(pullAlgorithm('engine-sleep', crowded)!, { depth: 'fast', deviceMemory: gib(80) })
    expect(asleep.ok && asleep.value.phases[asleep.value.peakPhase]!.kind).toBe('rollout')
    expect(saved('smaller-reward')).toBeGreaterThan(gib(5))
    expect(savings.value.savings.every(({ lever }) => lever !== 'sequence' && lever !== 'fused-loss')).toBe(true)
  })

  it('precomputes the reference of DPO, and leaves what does not apply', () => {
    const dpo = withAlgorithm(defaultPlan('Qwen/Qwen2.5-7B'), 'dpo')
    expect(pullAlgorithm('precomputed-reference', dpo)!.preference!.reference).toBe('precomputed')
    expect(ALGORITHM_LEVERS.filter((lever) => pullAlgorithm(lever, defaultPlan()))).toEqual([])
  })
})
