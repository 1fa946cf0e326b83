import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createAutosave } from './autosave.ts'

const TIMES = { still: 100, longest: 250, retry: 1000 }
let written: string[] = []
let works = true

beforeEach(() => {
  vi.useFakeTimers()
  written = []
  works = true
})
afterEach(() => {
  vi.useRealTimers()
})

const start = () => createAutosave<string>(async (key, state) => {
  await Promise.resolve()
  if (works) written.push(`${key}=${state}`)
  return works
}, TIMES)

test('changes in quick succession are one write, of the newest state', async () => {
  const autosave = start()
  autosave.note('a', '1')
  await vi.advanceTimersByTimeAsync(80)
  autosave.note('a', '2')
  await vi.advanceTimersByTimeAsync(99)
  expect(written).toEqual([])
  await vi.advanceTimersByTimeAsync(1)
  expect(written).toEqual(['a=2'])
})

test('a user who never pauses is written all the same', async () => {
  const autosave = start()
  for (let i = 0; i < 6; i++) {
    autosave.note('a', String(i))
    await vi.advanceTimersByTimeAsync(50)
  }
  expect(written).toEqual(['a=4'])
})

test('leaving writes at once, every document that is due', async () => {
  const autosave = start()
  autosave.note('a', '1')
  autosave.note('b', '2')
  await autosave.flush()
  expect(written).toEqual(['a=1', 'b=2'])
})

test('what failed is tried again, in its newest state', async () => {
  works = false
  const autosave = start()
  autosave.note('a', '1')
  await vi.advanceTimersByTimeAsync(100)
  works = true
  expect(written).toEqual([])
  await vi.advanceTimersByTimeAsync(1000)
  expect(written).toEqual(['a=1'])
})

test('what was taken back is not written', async () => {
  const autosave = start()
  autosave.note('a', '1')
  autosave.drop('a')
  await vi.advanceTimersByTimeAsync(5000)
  expect(written).toEqual([])
})

test('one write at a time; what changes meanwhile is written after it', async () => {
  const open: (() => void)[] = []
  const autosave = createAutosave<string>((key, state) => new Promise((resolve) => open.push(() => {
    written.push(`${key}=${state}`)
    resolve(true)
  })), TIMES)
  autosave.note('a', '1')
  await vi.advanceTimersByTimeAsync(100)
  autosave.note('a', '2')
  await vi.advanceTimersByTimeAsync(100)
  expect(open).toHaveLength(1)
  open[0]!()
  await vi.advanceTimersByTimeAsync(100)
  open[1]!()
  await vi.advanceTimersByTimeAsync(0)
  expect(written).toEqual(['a=1', 'a=2'])
})
