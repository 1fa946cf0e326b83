import { expect, test } from 'vitest'
import { formatDuration } from './formatMoment.ts'

test.each([
  [0, '0 s'], [500, '0.5 s'], [8000, '8 s'], [60_000, '1 min'], [185_000, '3 min 5 s'], [3_600_000, '1 h'], [7_805_000, '2 h 10 min'], [-5, '0 s'], [86_400_000, '24 h']
])('%d ms last %s', (milliseconds, text) => {
  expect(formatDuration(milliseconds, 'en')).toBe(text)
})

test('a duration in Chinese', () => {
  expect(formatDuration(185_000, 'zh')).toBe('3 分钟 5 秒')
})
