import { describe, expect, it } from 'vitest'
import { findPattern, samePlaces, withRepeats, type LayerPlace } from './stack.ts'

const stack = (kinds: string): LayerPlace[] => [...kinds].map((kind) => ({ kind, trained: true }))
const text = (places: readonly LayerPlace[]): string => places.map((p) => p.kind).join('')

describe('the pattern of a stack', () => {
  it.each([
    ['a'.repeat(32), '', 'a', 32, ''],
    ['d' + 'm'.repeat(26), 'd', 'm', 26, ''],
    ['lg'.repeat(13), '', 'lg', 13, ''],
    ['f'.repeat(30) + 'tt', '', 'f', 30, 'tt'],
    ['dx' + 'lg'.repeat(12) + 'z', 'dx', 'lg', 12, 'z']
  ])('%s', (kinds, before, period, repeats, after) => {
    const found = findPattern(stack(kinds))
    expect([text(found.before), text(found.period), found.repeats, text(found.after)]).toEqual([before, period, repeats, after])
    expect(text(withRepeats(found, found.repeats))).toBe(kinds)
  })

  it('is left alone where running all blocks is cheaper', () => {
    expect(findPattern(stack('lllllg'.repeat(4) + 'll')).repeats).toBe(0)
    expect(findPattern(stack('aaaa')).repeats).toBe(0)
    expect(findPattern(stack('abcdefgh')).repeats).toBe(0)
  })

  it('pairs the same places of both small tapes', () => {
    expect(samePlaces(findPattern(stack('d' + 'm'.repeat(12) + 'z')))).toEqual([[0, 0], [1, 1], [2, 2], [2, 3], [3, 4], [4, 5]])
  })
})
