import { expect, test } from 'vitest'
import { getAt, sameJson, setAt } from './immutable.ts'

test('reads along a path, and says undefined where it ends early', () => {
  expect(getAt({ a: { b: 3 } }, 'a.b')).toBe(3)
  expect(getAt({ a: null }, 'a.b')).toBe(undefined)
})

test('writes a copy and shares what did not change', () => {
  const before = { a: { b: 1, c: 2 }, d: { e: 3 } }
  const after = setAt(before, 'a.b', 9)
  expect(after).toEqual({ a: { b: 9, c: 2 }, d: { e: 3 } })
  expect(before.a.b).toBe(1)
  expect(after.d).toBe(before.d)
})

test('takes a field out where nothing is written', () => {
  expect(setAt({ a: { b: 1, c: 2 } }, 'a.b', undefined)).toEqual({ a: { c: 2 } })
  expect('b' in setAt({ a: { b: 1 } }, 'a.b', undefined).a).toBe(false)
})

test('compares JSON by what it says', () => {
  expect(sameJson({ a: [1, { b: 2 }], c: null }, { c: null, a: [1, { b: 2 }] })).toBe(true)
  expect(sameJson({ a: 1 }, { a: 1, b: undefined })).toBe(false)
  expect(sameJson([1], { 0: 1 })).toBe(false)
  expect(sameJson({ a: 1 }, { a: '1' })).toBe(false)
})
