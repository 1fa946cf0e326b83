import { describe, expect, test } from 'vitest'
import { en, zh } from './messages.ts'

function flatten (messages: object, prefix = ''): Map<string, string> {
  return new Map(Object.entries(messages).flatMap(([key, value]) => typeof value === 'string'
    ? [[`${prefix}${key}`, value] as const]
    : [...flatten(value as object, `${prefix}${key}.`)]))
}

const placeholders = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort()

const english = flatten(en)
const chinese = flatten(zh)

describe('the two languages', () => {
  test('have the same sentences', () => {
    expect([...chinese.keys()].sort()).toEqual([...english.keys()].sort())
  })

  test('fill in the same values', () => {
    for (const [key, text] of english) expect(placeholders(chinese.get(key) ?? ''), key).toEqual(placeholders(text))
  })

  test('leave nothing empty, and use none of the marks that vue-i18n reads as syntax', () => {
    for (const [key, text] of [...english, ...chinese]) {
      expect(text.trim(), key).not.toBe('')
      expect(text, key).not.toMatch(/[@|]/)
    }
  })

  test('Chinese sentences are Chinese', () => {
    const same = [...english].filter(([key, text]) => text === chinese.get(key) && /[a-z]{4,} [a-z]{3,}/.test(text))
    expect(same).toEqual([])
  })
})
