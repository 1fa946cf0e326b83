import { describe, expect, test } from 'vitest'
import { createHistory } from './history.ts'

describe('history', () => {
  test('undoes and redoes one change at a time', () => {
    const history = createHistory(1)
    history.commit(2)
    history.commit(3)
    history.undo()
    expect(history.current.value).toBe(2)
    history.undo()
    expect(history.current.value).toBe(1)
    expect(history.canUndo.value).toBe(false)
    history.redo()
    history.redo()
    expect(history.current.value).toBe(3)
    expect(history.canRedo.value).toBe(false)
  })

  test('a gesture is one entry, however many changes it makes', () => {
    const history = createHistory(1)
    history.begin()
    for (const value of [2, 3, 4]) history.commit(value)
    history.end()
    history.commit(5)
    history.undo()
    expect(history.current.value).toBe(4)
    history.undo()
    expect(history.current.value).toBe(1)
  })

  test('a gesture that comes back to where it began leaves no entry', () => {
    const history = createHistory(1)
    history.begin()
    history.commit(2)
    history.commit(1)
    history.end()
    expect(history.canUndo.value).toBe(false)
  })

  test('a cancelled gesture gives back the value and what could be redone', () => {
    const history = createHistory(1)
    history.commit(2)
    history.undo()
    history.begin()
    history.commit(9)
    history.cancel()
    expect(history.current.value).toBe(1)
    expect(history.canUndo.value).toBe(false)
    history.redo()
    expect(history.current.value).toBe(2)
  })

  test('undo ends an open gesture first', () => {
    const history = createHistory(1)
    history.begin()
    history.commit(2)
    history.undo()
    history.commit(3)
    history.undo()
    expect(history.current.value).toBe(1)
  })

  test('keeps the newest 200 entries', () => {
    const history = createHistory(0)
    for (let i = 1; i <= 300; i++) history.commit(i)
    for (let i = 0; i < 300; i++) history.undo()
    expect(history.current.value).toBe(100)
  })

  test('rewrites past and future alike', () => {
    const history = createHistory(1)
    history.commit(2)
    history.commit(3)
    history.undo()
    history.rewrite((n) => n * 10)
    expect(history.current.value).toBe(20)
    history.redo()
    expect(history.current.value).toBe(30)
    history.undo()
    history.undo()
    expect(history.current.value).toBe(10)
  })
})
