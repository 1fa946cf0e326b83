import { describe, expect, test } from 'vitest'
import { fromPosition, lastPosition, stepFrom, toPosition, type NumberScale } from './numberScale.ts'

const batch: NumberScale = { kind: 'log2', soft: [1, 64], hard: [1, 65_536], step: 1, whole: true }
const dropout: NumberScale = { kind: 'linear', soft: [0, 0.3], hard: [0, 1], step: 0.01, whole: false }

describe('a slider of powers of two', () => {
  test('has one position per doubling', () => {
    expect(lastPosition(batch)).toBe(6)
    expect([0, 1, 2, 3, 4, 5, 6].map((p) => fromPosition(p, batch))).toEqual([1, 2, 4, 8, 16, 32, 64])
    expect(toPosition(8, batch)).toBe(3)
  })

  test('stays at its edge for values beyond what it spans', () => {
    expect(toPosition(4096, batch)).toBe(6)
    expect(toPosition(0, batch)).toBe(0)
  })

  test('steps to the next power of two from a value between', () => {
    expect(stepFrom(3, 1, batch)).toBe(4)
    expect(stepFrom(3, -1, batch)).toBe(2)
    expect(stepFrom(4, 2, batch)).toBe(16)
    expect(stepFrom(64, 1, batch)).toBe(128)
  })

  test('fine steps add one, and no step leaves the hard limits', () => {
    expect(stepFrom(4, 1, batch, true)).toBe(5)
    expect(stepFrom(1, -1, batch)).toBe(1)
    expect(stepFrom(65_536, 2, batch)).toBe(65_536)
    expect(stepFrom(0, 1, batch)).toBe(2)
  })
})

test('a linear slider has no noise in its decimals', () => {
  expect(fromPosition(3, dropout)).toBe(0.03)
  expect(stepFrom(0.1, 2, dropout)).toBe(0.12)
  expect(stepFrom(0.995, 1, dropout)).toBe(1)
  expect(lastPosition(dropout)).toBe(30)
})
