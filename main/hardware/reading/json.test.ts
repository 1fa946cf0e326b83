import { expect, it } from 'vitest'
import { readJson } from './json.ts'

it('reads JSON after lines of log', () => {
  expect(readJson('WARNING: AMD GPU device(s) is/are in a low-power state.\n[HAMI-core Info(1:2)]: loaded\n  {"a": [1, -2.5e3, true, null, "x\\u0041\\""]}\n')).toEqual({ value: { a: [1, -2500, true, null, 'xA"'] }, complete: true })
  expect(readJson('note: {"a": {"b": 1}} done')).toEqual({ value: { a: { b: 1 } }, complete: true })
})

it.each([
  ['{"a": 1, "b": 25669', { a: 1 }],
  ['{"a": "x", "b": "cut', { a: 'x' }],
  ['{"a": {"b": 1, "c"', { a: { b: 1 } }],
  ['{"a": [{"b": 1}, {"c": 2', { a: [{ b: 1 }, {}] }],
  ['{"a": 1 "b": 2}', { a: 1 }]
])('keeps the whole members of %s', (text, value) => {
  expect(readJson(text)).toEqual({ value, complete: false })
})

it.each(['', 'no JSON', '[]', '{}', '[1, 2]', '{', '"text"', '[WARNING] x'])('finds nothing in %s', (text) => {
  expect(readJson(text)).toBeNull()
})

it('is not kept busy by depth or length', () => {
  expect(readJson('['.repeat(100_000))).toBeNull()
  expect(readJson('{"a":'.repeat(50_000))).toMatchObject({ complete: false })
  expect(readJson(`{"a": "${'x'.repeat(5_000_000)}`)).toBeNull()
})

it('is not led to the prototype', () => {
  expect(Object.getPrototypeOf(readJson('{"__proto__": {"polluted": true}}')!.value)).toBeNull()
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
})
