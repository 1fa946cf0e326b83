import { expect, test } from 'vitest'
import { findModel, models, searchModels } from '#shared/catalog/index.ts'
import { simulates } from '#shared/memory/index.ts'
import { simulatedFirst, whyNotSimulated } from './simulated.ts'

test('a search lists what can be planned first, in the order of the search, and drops nothing', () => {
  const found = searchModels('falcon')
  const sorted = simulatedFirst(found)
  const can = found.filter((model) => simulates(model.architecture))
  expect(can.length).toBeGreaterThan(0)
  expect(sorted.slice(0, can.length)).toEqual(can)
  expect(sorted).toHaveLength(found.length)
})

test('a model that cannot be planned says why, and one that can says nothing', () => {
  for (const model of models.filter(({ architecture }) => !simulates(architecture))) {
    expect(whyNotSimulated(model, 'en')).toMatch(/, which is not simulated/)
    expect(whyNotSimulated(model, 'zh')).toMatch(/尚未支持模拟/)
  }
  expect(whyNotSimulated(findModel('meta-llama/Llama-3.1-8B')!, 'en')).toBe(null)
})
