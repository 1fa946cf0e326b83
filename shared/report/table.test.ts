import { expect, it } from 'vitest'
import { alignColumns, bar } from './table.ts'
import { displayWidth } from './width.ts'

it('aligns columns by what a terminal shows, not by characters', () => {
  const lines = alignColumns([['模型权重', '14.96 GiB', '█'], ['CUDA 上下文', '0.51 GiB', ''], ['\u001B[2mx\u001B[22m', '123.00 GiB', '▏']], ['left', 'right', 'left'])
  expect(lines).toEqual(['模型权重      14.96 GiB  █', 'CUDA 上下文    0.51 GiB', '\u001B[2mx\u001B[22m            123.00 GiB  ▏'])
})

it('draws bars to an eighth of a column', () => {
  expect(bar(1, 4)).toBe('████')
  expect(bar(0.5, 4)).toBe('██')
  expect(bar(0.53125, 4)).toBe('██▏')
  expect(bar(0, 4)).toBe('')
  expect(bar(1e-9, 4)).toBe('▏')
  expect(bar(7, 4)).toBe('████')
  for (const share of [0.01, 0.3, 0.777, 0.999]) expect(displayWidth(bar(share, 20))).toBeLessThanOrEqual(20)
})
