import { expect, it } from 'vitest'
import { menuLocale, menuTemplate } from './menu.ts'

it('names the menus in the language of the system', () => {
  expect(menuLocale(['zh-Hans-CN', 'en-US'])).toBe('zh')
  expect(menuLocale(['de-DE', 'zh-CN'])).toBe('en')
  expect(menuLocale([])).toBe('en')
  expect(menuTemplate('en', 'linux').map(({ label }) => label)).toEqual(['File', 'Edit', 'View'])
  expect(menuTemplate('zh', 'linux').map(({ label }) => label)).toEqual(['文件', '编辑', '视图'])
  const items = menuTemplate('zh', 'win32').flatMap(({ submenu }) => Array.isArray(submenu) ? submenu : [])
  expect(items.filter(({ type, label }) => type !== 'separator' && !/[\u4e00-\u9fff]/.test(label ?? ''))).toEqual([])
})

it('begins with the application menu on a Mac', () => {
  expect(menuTemplate('en', 'darwin')[0]).toEqual({ role: 'appMenu' })
})
