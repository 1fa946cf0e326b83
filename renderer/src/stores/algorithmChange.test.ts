import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, expect, test } from 'vitest'
import { estimate } from '#shared/memory/index.ts'
import { ALGORITHMS, defaultMethod, defaultPlan } from '#shared/plan/index.ts'
import { asAlgorithm, suitedTo } from './algorithmChange.ts'
import { usePlanStore } from './planStore.ts'

beforeEach(() => setActivePinia(createPinia()))

test('every algorithm can be chosen from every micro-batch, and has an estimate', () => {
  for (const microBatch of [1, 3, 4]) {
    const plan = defaultPlan('Qwen/Qwen2.5-0.5B')
    for (const algorithm of ALGORITHMS) {
      const made = estimate(asAlgorithm({ ...plan, data: { ...plan.data, microBatch } }, algorithm, undefined), { depth: 'fast' })
      expect(made.ok ? [] : made.problems, algorithm).toEqual([])
    }
  }
})

test('the settings an algorithm last had come back with it, in one step each', () => {
  const store = usePlanStore()
  store.chooseAlgorithm('grpo')
  store.edit('reinforcement.completionLength', 1024)
  store.chooseAlgorithm('dpo')
  expect(store.plan.reinforcement).toBe(undefined)
  store.chooseAlgorithm('grpo')
  expect(store.plan.reinforcement?.completionLength).toBe(1024)
  store.undo()
  expect(store.plan.algorithm).toBe('dpo')
})

test('without adapters the reference becomes a model, whether it was the default or chosen', () => {
  const dpo = asAlgorithm(defaultPlan(), 'dpo', undefined)
  expect(dpo.preference?.reference).toBe('adapters-off')
  expect(suitedTo(dpo, { kind: 'full' }).preference?.reference).toBe('model')
  expect(suitedTo(suitedTo(dpo, { kind: 'full' }), defaultMethod('lora')).preference?.reference).toBe('adapters-off')
  const grpo = asAlgorithm(defaultPlan(), 'grpo', undefined)
  const chosen = { ...grpo, reinforcement: { ...grpo.reinforcement!, beta: 0.1, reference: 'adapters-off' as const, reward: { kind: 'adapter' as const } } }
  expect(suitedTo(chosen, { kind: 'full' }).reinforcement).toMatchObject({ beta: 0.1, reference: 'model', reward: { kind: 'function' } })
})
