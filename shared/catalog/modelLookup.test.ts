import { describe, expect, test } from 'vitest'
import { findModel, suggestModel } from './modelLookup.ts'
import { models } from './models.ts'

describe('findModel', () => {
  test('finds every id and alias, in any case', () => {
    for (const model of models) {
      for (const name of [model.id, ...model.aliases]) {
        expect(findModel(name), name).toBe(model)
        expect(findModel(name.toUpperCase()), name).toBe(model)
      }
    }
  })

  test.each([
    ['Llama-3.1-8B', 'meta-llama/Llama-3.1-8B'],
    [' qwen2.5-7b-instruct ', 'Qwen/Qwen2.5-7B'],
    ['Qwen/Qwen2.5-7B/', 'Qwen/Qwen2.5-7B'],
    ['https://huggingface.co/Qwen/Qwen3-8B', 'Qwen/Qwen3-8B'],
    ['https://huggingface.co/Qwen/Qwen2.5-7B-Instruct/tree/main?x=1#files', 'Qwen/Qwen2.5-7B'],
    ['hf.co/google/gemma-2-9b', 'google/gemma-2-9b'],
    ['https://modelscope.cn/models/Qwen/Qwen3-8B/summary', 'Qwen/Qwen3-8B'],
    ['Ｑｗｅｎ/Ｑｗｅｎ３－８Ｂ', 'Qwen/Qwen3-8B'],
    ['t5-small', 'google-t5/t5-small']
  ])('reads %s', (typed, id) => expect(findModel(typed)?.id).toBe(id))

  test.each(['', '/', 'meta/Llama-3.1-8B', 'Qwen/Qwen9-8B', '../../etc/passwd', 'https://example.org/Qwen/Qwen3-8B', 'constructor', '__proto__'])('knows no %s', (typed) => {
    expect(findModel(typed)).toBeNull()
  })
})

describe('suggestModel', () => {
  test.each([
    ['Qwen/Qwen2.5-7B-Instrct', 'Qwen/Qwen2.5-7B-Instruct'],
    ['meta/Llama-3.1-8B', 'meta-llama/Llama-3.1-8B'],
    ['qwen25-7b', 'Qwen/Qwen2.5-7B'],
    ['mistral 7b v0.3', 'mistralai/Mistral-7B-v0.3'],
    ['google/gema-2-9b', 'google/gemma-2-9b']
  ])('for %s names %s', (typed, id) => expect(suggestModel(typed)).toBe(id))

  test.each(['', 'zzzzzzzzzzzz', '？？？'])('has nothing for "%s"', (typed) => expect(suggestModel(typed)).toBeNull())

  test('names only what can be found', () => {
    for (const { id } of models) {
      const suggestion = suggestModel(`${id}x`)
      expect(suggestion && findModel(suggestion), id).not.toBeNull()
    }
  })
})
