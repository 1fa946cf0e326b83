import { effectScope, shallowRef } from 'vue'
import { expect, test, vi } from 'vitest'
import type { Target, TargetDevice } from '#shared/fit/index.ts'
import { estimate, type Estimate } from '#shared/memory/index.ts'
import type { Plan } from '#shared/plan/index.ts'
import { gib } from '#shared/units/index.ts'
import { EXAMPLES } from '../../stores/examples.ts'
import { judgeEach } from '../../stores/judgeEach.ts'
import { useSavings } from './useSavings.ts'

const card: TargetDevice = { id: 'h100', name: 'H100', capacity: gib(80), free: gib(80), origin: 'catalog', computeCapability: '9.0' }
const target: Target = { devices: [card], reserve: 0.3 }

function run (plan: Plan): Estimate {
  const result = estimate(plan, { computeCapability: '9.0' })
  if (!result.ok) throw new Error('the example has no estimate')
  return result.value
}

test('each change is estimated in full for the card, and a newer plan supersedes what is being computed', async () => {
  const base = shallowRef(run(EXAMPLES.full))
  const scope = effectScope()
  const { changes, computing } = scope.run(() => useSavings(() => base.value, () => target, () => judgeEach(() => base.value, target)))!
  base.value = run(EXAMPLES.lora)
  await vi.waitFor(() => expect(computing.value).toBe(false), { timeout: 20_000 })
  expect(changes.value!.base).toBe(base.value)
  const checkpointing = changes.value!.open.find(({ saving }) => saving.lever === 'checkpointing')!
  const after = run(checkpointing.plan)
  expect(checkpointing.total).toBe(after.total.expected)
  expect(checkpointing.delta).toBe(after.total.expected - base.value.total.expected)
  expect(checkpointing.verdict).toEqual(judgeEach(() => after, target))
  expect(changes.value!.open.map(({ delta }) => delta)).toEqual(changes.value!.open.map(({ delta }) => delta).sort((a, b) => a - b))
  expect(changes.value!.applied.map(({ saving }) => saving.lever)).toContain('lora')
  scope.stop()
})
