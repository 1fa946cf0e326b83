import { describe, expect, test } from 'vitest'
import { models } from './models.ts'
import { searchModels } from './modelSearch.ts'

const ids = (query: string, limit?: number) => searchModels(query, limit).map(({ id }) => id)

describe('searchModels', () => {
  test('lists by rank without a query', () => {
    expect(searchModels('')).toEqual(models)
    expect(searchModels(' 　 ', 5)).toEqual(models.slice(0, 5))
  })

  test.each([
    ['llama 3.1 8b', 'meta-llama/Llama-3.1-8B'],
    ['qwen2.5-7b', 'Qwen/Qwen2.5-7B'],
    ['7b', 'Qwen/Qwen2.5-7B'],
    ['Qwen/Qwen3-8B', 'Qwen/Qwen3-8B'],
    ['qwen2.5-7b-instruct', 'Qwen/Qwen2.5-7B'],
    ['r1 distill qwen 7b', 'Qwen/Qwen2.5-7B'],
    ['deepseek 7b', 'deepseek-ai/deepseek-llm-7b-base'],
    ['8x7b', 'mistralai/Mixtral-8x7B-v0.1'],
    ['llama2 7b', 'meta-llama/Llama-2-7b-hf'],
    ['gemma2 9b', 'google/gemma-2-9b'],
    ['mistrl', 'mistralai/Mistral-7B-v0.3'],
    ['lama 8b', 'meta-llama/Llama-3.1-8B'],
    ['qwne3', 'Qwen/Qwen3-8B'],
    ['ｌｌａｍａ　３．１　８ｂ', 'meta-llama/Llama-3.1-8B'],
    ['8b llama 3.1', 'meta-llama/Llama-3.1-8B'],
    ['qwen2.5 7', 'Qwen/Qwen2.5-7B']
  ])('%s means %s first', (query, id) => expect(ids(query, 1)).toEqual([id]))

  test('does not take one size for another', () => {
    expect(ids('7b').every((id) => !/[12]7b/i.test(id))).toBe(true)
    expect(ids('7b')).not.toContain('Qwen/Qwen3-8B')
  })

  test('puts the more used first among equals', () => {
    const ranks = searchModels('1.5b').filter(({ displayName }) => displayName.includes('1.5B')).map(({ rank }) => rank)
    expect(ranks.length).toBeGreaterThan(2)
    expect(ranks).toEqual(ranks.toSorted((a, b) => a - b))
  })

  test('still answers when one word of several is unknown', () => {
    expect(ids('llama 3.1 8b zzzzzz', 1)).toEqual(['meta-llama/Llama-3.1-8B'])
  })

  test('finds every model by its own name', () => {
    for (const model of models) expect(searchModels(model.displayName, 5), model.id).toContain(model)
  })

  test('answers nonsense with nothing', () => {
    expect(ids('zzzzzzzz')).toEqual([])
    expect(ids('\u0000\uD800')).toEqual(ids(''))
  })

  test('keeps to the limit', () => {
    expect(ids('qwen', 3)).toHaveLength(3)
    expect(ids('qwen', 0)).toEqual([])
  })
})
