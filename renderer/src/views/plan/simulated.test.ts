import { expect, test } from 'vitest'
import { findModel, searchModels } from '#shared/catalog/index.ts'
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
  expect(whyNotSimulated(findModel('google-bert/bert-base-uncased')!, 'en')).toMatch(/an encoder stack, which is not simulated/)
  expect(whyNotSimulated(findModel('google-bert/bert-base-uncased')!, 'zh')).toMatch(/编码器结构/)
  expect(whyNotSimulated(findModel('meta-llama/Llama-3.1-8B')!, 'en')).toBe(null)
})
