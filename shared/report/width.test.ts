import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { displayWidth, padEnd, padStart, wrap } from './width.ts'

describe('displayWidth', () => {
  it.each([
    ['', 0], ['abc', 3], ['显存', 4], ['CUDA 上下文', 11], ['（r=8）', 7], ['24.00 GiB', 9], ['█▏', 2], ['✓ ✗ ·', 5], ['“a”', 3],
    ['\u001B[31m显存\u001B[39m', 4], ['e\u0301', 1], ['한국', 4], ['カナ', 4], ['𠀀', 2]
  ])('of %j is %i', (text, columns) => {
    expect(displayWidth(text)).toBe(columns)
  })

  it('is what padding fills up', () => {
    expect(padEnd('显存', 6)).toBe('显存  ')
    expect(padStart('显存', 6)).toBe('  显存')
    expect(padStart('longer than six', 6)).toBe('longer than six')
  })
})

describe('wrap', () => {
  it('breaks at spaces', () => {
    expect(wrap('one two three four', 9)).toEqual(['one two', 'three', 'four'])
  })

  it('breaks Chinese between characters, never before punctuation, and keeps words whole', () => {
    expect(wrap('显存不足，请换卡。', 8)).toEqual(['显存不', '足，请换', '卡。'])
    expect(wrap('使用 CUDA 上下文', 9)).toEqual(['使用 CUDA', '上下文'])
  })

  it('keeps a figure with its unit', () => {
    expect(wrap('needs 24.00 GiB', 12)).toEqual(['needs', '24.00 GiB'])
  })

  it('loses nothing, and exceeds the width only by a word that is longer', () => {
    const word = fc.constantFrom('memory', '显', '存', '，', '。', 'CUDA', '24.00 GiB', '“', '）')
    fc.assert(fc.property(fc.array(word, { maxLength: 40 }), fc.integer({ min: 12, max: 60 }), (words, width) => {
      const text = words.join(' ')
      const lines = wrap(text, width)
      expect(lines.join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''))
      for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(width)
    }))
  })
})
