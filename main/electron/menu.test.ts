import { expect, it } from 'vitest'
import { COMMAND_IDS, type CommandId } from '#shared/commands/index.ts'
import { menuLocale, menuTemplate } from './menu.ts'

type Item = ReturnType<typeof menuTemplate>[number]
const itemsOf = (template: readonly Item[]): Item[] => template.flatMap(({ submenu }) => Array.isArray(submenu) ? submenu : [])
const nobody = (): void => {}

it('names the menus in the language of the system', () => {
  expect(menuLocale(['zh-Hans-CN', 'en-US'])).toBe('zh')
  expect(menuLocale(['de-DE', 'zh-CN'])).toBe('en')
  expect(menuLocale([])).toBe('en')
  expect(menuTemplate('en', 'linux', nobody).map(({ label }) => label)).toEqual(['File', 'Edit', 'View', 'Help'])
  expect(menuTemplate('zh', 'linux', nobody).map(({ label }) => label)).toEqual(['文件', '编辑', '视图', '帮助'])
  expect(itemsOf(menuTemplate('zh', 'win32', nobody)).filter(({ type, label }) => type !== 'separator' && !/[\u4e00-\u9fff]/.test(label ?? ''))).toEqual([])
})

it('begins with the application menu on a Mac', () => {
  expect(menuTemplate('en', 'darwin', nobody)[0]).toEqual({ role: 'appMenu' })
})

it('has every command of the workbench, and tells which one was clicked', () => {
  const chosen: CommandId[] = []
  const items = itemsOf(menuTemplate('en', 'linux', (id) => chosen.push(id))).filter(({ click }) => click)
  for (const { click } of items) (click as () => void)()
  expect(chosen.toSorted()).toEqual(COMMAND_IDS.toSorted())
})

it('shows the keys and leaves hearing them to the page', () => {
  const items = itemsOf(menuTemplate('en', 'win32', nobody)).filter((item) => item.accelerator !== undefined)
  expect(items.find(({ id }) => id === 'plan.redo')).toMatchObject({ label: 'Redo', accelerator: 'CommandOrControl+Shift+Z' })
  expect(items.every(({ registerAccelerator }) => registerAccelerator === false)).toBe(true)
})
