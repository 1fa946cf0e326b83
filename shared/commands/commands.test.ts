import { describe, expect, test } from 'vitest'
import { accelerator, ariaShortcut, command, COMMAND_IDS, formatShortcut, isStroke, keysOf, matchScore, MENUS, rank, withShortcuts, type Command, type Shortcut } from './index.ts'

const press = (key: string, over: object = {}) => ({ key, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...over })
const commands: readonly Command[] = COMMAND_IDS.map(command)

describe('the commands', () => {
  test('each have a name in both languages, that is no other one’s', () => {
    for (const locale of ['en', 'zh'] as const) {
      const titles = commands.map(({ title }) => title[locale])
      expect(new Set(titles).size).toBe(titles.length)
    }
    for (const { title } of commands) expect(title.zh).toMatch(/[一-鿿]/)
  })

  test('have keys of their own', () => {
    const keys = commands.flatMap(({ shortcuts = [] }) => shortcuts.map((shortcut) => ariaShortcut(shortcut, 'pc')))
    expect(new Set(keys).size).toBe(keys.length)
  })

  test('are each in one menu', () => {
    const listed = MENUS.flatMap(({ groups }) => groups.flat())
    expect(listed.toSorted()).toEqual(COMMAND_IDS.toSorted())
    expect(withShortcuts().flatMap(([, ids]) => ids)).toContain('shortcuts.open')
  })
})

describe('a shortcut', () => {
  const save: Shortcut = { key: 's' }
  const redo: Shortcut = { key: 'z', shift: true }
  const help: Shortcut = { key: '?', bare: true }

  test('is written as the keyboard has it', () => {
    expect(formatShortcut(redo, 'mac')).toBe('⇧⌘Z')
    expect(formatShortcut(redo, 'pc')).toBe('Ctrl+Shift+Z')
    expect(keysOf(help, 'mac')).toEqual(['?'])
    expect(accelerator(redo)).toBe('CommandOrControl+Shift+Z')
    expect(ariaShortcut(redo, 'mac')).toBe('Meta+Shift+Z')
  })

  test('is heard with its modifiers and no others', () => {
    expect(isStroke(save, press('s', { ctrlKey: true }), 'pc')).toBe(true)
    expect(isStroke(save, press('S', { ctrlKey: true, shiftKey: true }), 'pc')).toBe(false)
    expect(isStroke(save, press('s'), 'pc')).toBe(false)
    expect(isStroke(save, press('s', { ctrlKey: true, altKey: true }), 'pc')).toBe(false)
    expect(isStroke(save, press('s', { ctrlKey: true }), 'mac')).toBe(false)
    expect(isStroke(save, press('s', { metaKey: true }), 'mac')).toBe(true)
    expect(isStroke(redo, press('Z', { metaKey: true, shiftKey: true }), 'mac')).toBe(true)
    expect(isStroke(help, press('?', { shiftKey: true }), 'pc')).toBe(true)
    expect(isStroke(help, press('?', { ctrlKey: true, shiftKey: true }), 'pc')).toBe(false)
  })
})

describe('the search', () => {
  test('finds by the beginning, by words in any order, by initials, in both languages', () => {
    expect(matchScore('sav', 'Save as…')).toBe(1)
    expect(matchScore('dark theme', 'Theme: dark')).toBeGreaterThan(0.9)
    expect(matchScore('sa', 'Theme: as the system')).toBe(0)
    expect(matchScore('ks', 'Keyboard shortcuts')).toBeGreaterThan(0)
    expect(matchScore('深色', '主题：深色')).toBeGreaterThan(0)
    expect(matchScore('zzz', 'Save')).toBe(0)
    expect(matchScore('', 'Save')).toBe(1)
    expect(matchScore('cafe', 'Café baseline')).toBe(1)
  })

  test('puts the better one first, names before other words', () => {
    const found = rank(['Theme: dark', 'Darken', 'night mode'], 'dark', (title) => ({ title, ...(title === 'night mode' && { also: 'dark' }) }))
    expect(rank(['Language: as the system'], 'llama', (title) => ({ title, also: '跟随系统 locale automatic' }))).toEqual([])
    expect(found.map(({ item }) => item)).toEqual(['Darken', 'Theme: dark', 'night mode'])
  })
})
