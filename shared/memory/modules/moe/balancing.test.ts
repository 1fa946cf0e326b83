import { describe, expect, it } from 'vitest'
import { models } from '../../../catalog/index.ts'
import { hasRouterLoss } from '../../../architecture/index.ts'
import { applyProfile, defaultMethod, defaultPlan, withAlgorithm, type Plan } from '../../../plan/index.ts'
import { estimate, simulates } from '../../index.ts'

const planFor = (id: string, runtime: Partial<Plan['runtime']> = {}): Plan => {
  const plan = defaultPlan(id)
  return { ...plan, runtime: { ...plan.runtime, routerLoss: true, ...runtime } }
}
const peaksOf = (plan: Plan, depth: 'fast' | 'full') => {
  const result = estimate(plan, { depth })
  return result.ok ? result.value.phases.map(({ kind, peak, liveAfter }) => [kind, peak, liveAfter]) : result.problems
}

describe('the loss of the routers', () => {
  it.each(['Qwen/Qwen3-30B-A3B', 'openai/gpt-oss-20b', 'mistralai/Mixtral-8x7B-v0.1'])('of %s: few blocks stand for all, to the byte', (id) => {
    for (const checkpointing of ['none', 'non-reentrant', 'reentrant'] as const) expect(peaksOf(planFor(id, { checkpointing }), 'fast')).toEqual(peaksOf(planFor(id, { checkpointing }), 'full'))
  })
  it.each(['dpo', 'kto', 'grpo'] as const)('under %s: few blocks stand for all, to the byte', (algorithm) => {
    const plan = withAlgorithm(planFor('Qwen/Qwen3-30B-A3B'), algorithm)
    expect(peaksOf(plan, 'fast')).toEqual(peaksOf(plan, 'full'))
  })
  it('keeps a router’s logits and probabilities of every layer', () => {
    const peak = (plan: Plan) => { const result = estimate(plan, { depth: 'fast' }); return result.ok ? result.value.allocated : 0 }
    expect(peak(planFor('Qwen/Qwen3-30B-A3B'))).toBeGreaterThan(peak(defaultPlan('Qwen/Qwen3-30B-A3B')))
  })
  it('is there for every mixture that transformers balances, also where answers are compared or rewarded', () => {
    for (const { id, architecture } of models.filter(({ architecture: a }) => hasRouterLoss(a) && simulates(a))) {
      const result = estimate(planFor(id), { depth: 'fast' })
      expect(result.ok || [id, result.problems]).toBe(true)
      if (result.ok && architecture.layers < 40) expect([id, result.value.phases.some((_, i) => result.value.partsOf(i).some(({ module }) => module === 'router_loss'))]).toEqual([id, true])
    }
    for (const algorithm of ['dpo', 'grpo'] as const) expect(estimate(withAlgorithm(planFor('Qwen/Qwen3-30B-A3B'), algorithm), { depth: 'fast' }).ok).toBe(true)
  })
  it.each([['Qwen/Qwen3-8B', 'sft', 'no-router-loss'], ['deepseek-ai/DeepSeek-V2-Lite', 'sft', 'no-router-loss'], ['Qwen/Qwen3-30B-A3B', 'reward-model', 'router-loss-of-another-algorithm']] as const)('%s, %s: %s', (id, algorithm, code) => {
    const result = estimate(withAlgorithm(planFor(id), algorithm), { depth: 'fast' })
    expect(result.ok || result.problems).toEqual([expect.objectContaining({ path: 'runtime.routerLoss', code })])
  })
  it('is TRL’s default for mixtures', () => {
    expect(applyProfile({ ...defaultPlan('Qwen/Qwen3-30B-A3B'), method: defaultMethod('lora') }, 'trl-sft-1.13')!.plan.runtime.routerLoss).toBe(true)
    expect(applyProfile(defaultPlan('Qwen/Qwen3-8B'), 'trl-sft-1.13')!.plan.runtime).not.toHaveProperty('routerLoss')
    expect(applyProfile(planFor('Qwen/Qwen3-30B-A3B'), 'llama-factory-0.9')!.plan.runtime).not.toHaveProperty('routerLoss')
  })
})
