import { expect, test } from 'vitest'
import { estimate } from '#shared/memory/index.ts'
import { defaultPlan, withAlgorithm, type Plan } from '#shared/plan/index.ts'
import { applies, FIELDS, fieldOf, withField } from './fields.ts'
import { fixOf } from './fixes.ts'

const grpo = withAlgorithm(defaultPlan('Qwen/Qwen2.5-0.5B'), 'grpo')
const withGrpo = (change: Partial<NonNullable<Plan['reinforcement']>>): Plan => ({ ...grpo, reinforcement: { ...grpo.reinforcement!, ...change } })
const { rollout } = grpo.reinforcement!
const dpo = withAlgorithm(defaultPlan('Qwen/Qwen2.5-0.5B'), 'dpo')
const reference = { model: { id: 'meta-llama/Llama-3.1-8B' }, weights: 'bf16', place: 'device', between: 'device' } as const

test.each([
  ['a rollout that groups do not divide', withGrpo({ groupSize: 3 })],
  ['a rollout that micro-batches do not divide', { ...withGrpo({ generationBatch: 7, groupSize: 7 }), data: { ...grpo.data, microBatch: 2 } }],
  ['a divergence from nothing', withGrpo({ beta: 0.1, reference: 'none' })],
  ['generate() in a process of its own', withGrpo({ rollout: { ...rollout, place: 'process' } })],
  ['adapters off where there are none', { ...withGrpo({ beta: 0.1, reference: 'adapters-off' }), method: { kind: 'full' } }],
  ['an adapter for rewards where there are none', { ...withGrpo({ reward: { kind: 'adapter' } }), method: { kind: 'full' } }],
  ['a reference with another vocabulary', { ...dpo, preference: { ...dpo.preference!, reference: 'model', referenceModel: reference } }],
  ['another algorithm’s loss', { ...dpo, preference: { ...dpo.preference!, loss: 'orpo' } }],
  ['checkpoints of every fourth block without checkpointing', { ...dpo, runtime: { ...dpo.runtime, checkpointing: 'none', checkpointEvery: 4 } }]
] as readonly (readonly [string, Plan])[])('a click mends %s', (_, plan) => {
  const made = estimate(plan, { depth: 'fast' })
  const [problem] = made.ok ? [] : made.problems
  const field = fieldOf(problem!.path, FIELDS.filter((one) => applies(one, plan))) ?? FIELDS.find(({ path }) => path === problem!.path)!
  const fix = fixOf(problem!, field, plan)
  expect(fix).not.toBe(null)
  const now = withField(plan, field, fix!.value)
  expect(estimate(now, { depth: 'fast' }).ok).toBe(true)
})
