import { describe, expect, it } from 'vitest'
import { bytes, formatBytes, formatDelta, formatGib, formatParameters, gib, parseBytes, parseCount } from './index.ts'

describe('reading what people type', () => {
  it.each([
    ['4096', 4096], ['32k', 32768], ['4*8', 32], ['2 × 1,024', 2048], ['1e3', 1000], ['.5', 0.5], ['-2', -2], ['', null], ['abc', null], ['4*', null], ['4kb', null], ['1m', 1048576]
  ])('count %j', (text, expected) => expect(parseCount(text)).toBe(expected))
  it.each([
    ['80GiB', gib(80)], ['24', gib(24)], ['24 gb', 24e9], ['512MiB', 512 * 1024 ** 2], ['2*40GiB', gib(80)], ['80 bananas', null], ['', null], ['1k', null]
  ])('memory %j', (text, expected) => expect(parseBytes(text)).toBe(expected))
})

describe('writing quantities', () => {
  it('chooses the unit that reads best', () => {
    expect([bytes(100), bytes(2048), bytes(17_039_360), gib(50.221)].map((b) => formatBytes(b))).toEqual(['100 B', '2.00 KiB', '16.25 MiB', '50.22 GiB'])
  })
  it('signs differences', () => {
    expect([gib(1.25), bytes(-gib(0.4)), bytes(0)].map((b) => formatDelta(b))).toEqual(['+1.25 GiB', '−0.40 GiB', '±0.00 GiB'])
  })
  it('shortens parameter counts', () => {
    expect([8_030_261_248, 494_032_768, 3_407_872, 512].map((n) => formatParameters(n))).toEqual(['8.03B', '494M', '3.4M', '512'])
  })
  it('groups digits', () => expect(formatGib(gib(1234.5))).toBe('1,234.50 GiB'))
})
