import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, expect, test, vi } from 'vitest'

vi.mock('../host/client.ts', () => ({ host: { invoke: () => Promise.resolve({ ok: false, error: { code: 'internal', message: '' } }), subscribe: () => () => {} } }))

const { useAnswerStore } = await import('./answerStore.ts')
const { usePlanStore } = await import('./planStore.ts')

beforeEach(() => setActivePinia(createPinia()))

test('a problem keeps the last answer and marks it as old', () => {
  const plan = usePlanStore()
  const answer = useAnswerStore()
  const before = answer.estimate
  expect(before).not.toBe(null)
  plan.edit('data.microBatch', 0)
  expect(answer.problems).toMatchObject([{ path: 'data.microBatch', code: 'too-small' }])
  expect(answer.stale).toBe(true)
  expect(answer.estimate).toBe(before)
  plan.undo()
  expect(answer.stale).toBe(false)
})

test('text that is no number is a problem of its field until it is replaced', () => {
  const plan = usePlanStore()
  const answer = useAnswerStore()
  plan.keepDraft('data.microBatch', { text: 'many', problem: { path: 'data.microBatch', code: 'wrong-type', values: { expected: '@number', found: '“many”' } } })
  expect(answer.problems).toHaveLength(1)
  plan.edit('data.microBatch', 2)
  expect(answer.problems).toHaveLength(0)
  expect(plan.plan.data.microBatch).toBe(2)
})

test('every suggested card has a verdict', () => {
  expect(useAnswerStore().verdict?.devices.map(({ device }) => device.id)).toEqual(['rtx-4090', 'a100-sxm4-80gb'])
})

test('each card is judged with the workspace of its own compute capability, equal ones with one estimate', () => {
  const plan = usePlanStore()
  const answer = useAnswerStore()
  plan.addSource({ kind: 'catalog', gpuId: 'h100-sxm-80gb' })
  const [ada, ampere, hopper] = answer.verdict!.devices
  expect(hopper!.device.computeCapability).toBe('9.0')
  expect(hopper!.need.expected).toBeGreaterThan(ampere!.need.expected)
  expect(ada!.need).toEqual(ampere!.need)
  expect(answer.estimateFor(ampere!.device)).toBe(answer.estimateFor(ampere!.device))
})

test('a card that is added while the plan has a problem is judged with the last plan that had none', () => {
  const plan = usePlanStore()
  const answer = useAnswerStore()
  expect(answer.stale).toBe(false)
  plan.edit('data.microBatch', 0)
  plan.addSource({ kind: 'catalog', gpuId: 'h100-sxm-80gb' })
  expect(answer.stale).toBe(true)
  expect(answer.verdict?.devices).toHaveLength(3)
})

test('switching methods gives back what each had', () => {
  const plan = usePlanStore()
  plan.edit('method.rank', 64)
  plan.chooseMethod('qlora')
  plan.chooseMethod('lora')
  expect(plan.plan.method).toMatchObject({ kind: 'lora', rank: 64 })
})

test('a model with other layers gets targets that it has, unless they were chosen', () => {
  const plan = usePlanStore()
  plan.chooseModel('openai-community/gpt2')
  expect(plan.plan.method).toMatchObject({ kind: 'lora', targets: ['c_attn'] })
  expect(useAnswerStore().problems).toEqual([])
  plan.edit('method.targets', ['c_proj'])
  plan.chooseModel('openai-community/gpt2-medium')
  expect(plan.plan.method).toMatchObject({ targets: ['c_proj'] })
})

test('a plan that was saved stays the same document through undo', () => {
  const plan = usePlanStore()
  plan.edit('data.microBatch', 2)
  plan.adoptOrigin({ kind: 'scenario', id: 'x' })
  plan.undo()
  expect(plan.origin).toEqual({ kind: 'scenario', id: 'x' })
  expect(plan.plan.data.microBatch).toBe(4)
})
