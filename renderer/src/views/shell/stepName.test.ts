import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, expect, test } from 'vitest'
import { applyProfile, PROFILES } from '#shared/plan/index.ts'
import { i18n, type Translate } from '../../i18n/index.ts'
import { usePlanStore } from '../../stores/planStore.ts'
import { stepName } from './stepName.ts'

const translate = i18n.global.t as unknown as (key: string, values?: object) => string
const t: Translate = (key, values) => translate(key, values ?? {})

beforeEach(() => setActivePinia(createPinia()))

/** What the undo button says after a change, and that undoing and redoing it leads there and back. */
function named (change: (plan: ReturnType<typeof usePlanStore>) => void): string {
  const plan = usePlanStore()
  const before = plan.current
  change(plan)
  const after = plan.current
  const name = stepName(plan.before!, plan.current, t, 'en')
  expect(plan.before).toEqual(before)
  plan.undo()
  expect(plan.current).toEqual(before)
  plan.redo()
  expect(plan.current).toEqual(after)
  return name
}

test('a setting is named with its new value', () => {
  expect(named((plan) => plan.edit('data.microBatch', 8))).toBe('Micro-batch: 8')
  expect(named((plan) => plan.chooseMethod('full'))).toBe('Method: full fine-tuning')
  expect(named((plan) => plan.chooseModel('Qwen/Qwen2.5-7B'))).toBe('model')
})

test('another algorithm, with all that belongs to it, is one step', () => {
  expect(named((plan) => plan.chooseAlgorithm('grpo'))).toBe('GRPO')
  expect(named((plan) => plan.edit('reinforcement.groupSize', 16))).not.toBe('')
})

test('a framework’s defaults, an advised change, an example and a new plan are one step each', () => {
  const profile = PROFILES.find(({ id }) => applyProfile(usePlanStore().plan, id)!.changes.length > 2)!
  expect(named((plan) => plan.adopt(applyProfile(plan.plan, profile.id)!.plan))).toMatch(/ and \d+ more$/)
  expect(named((plan) => plan.loadExample('qlora'))).toBe('example Qwen2.5 7B QLoRA')
  expect(named((plan) => plan.startNew())).toBe('new plan')
})

test('what the plan is judged against is undone too', () => {
  expect(named((plan) => plan.changeReserve(0.1))).toBe('memory to keep free')
  expect(named((plan) => plan.changeMemory('total'))).toBe('free or whole memory')
  expect(named((plan) => plan.addSource({ kind: 'catalog', gpuId: 'h200-sxm' }))).toBe('hardware')
})

test('typing and dragging within one gesture are one step', () => {
  const plan = usePlanStore()
  plan.beginGesture()
  for (const value of [1, 12, 128]) plan.edit('data.microBatch', value)
  plan.endGesture()
  expect(stepName(plan.before!, plan.current, t, 'en')).toBe('Micro-batch: 128')
  plan.undo()
  expect(plan.plan.data.microBatch).toBe(4)
  expect(plan.canUndo).toBe(false)
})
