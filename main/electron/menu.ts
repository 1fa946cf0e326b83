import type { MenuItemConstructorOptions } from 'electron'
import { accelerator, command, MENUS, type CommandId, type Menu } from '#shared/commands/index.ts'

type Role = NonNullable<MenuItemConstructorOptions['role']>
type Locale = 'en' | 'zh'

/** Electron's own labels of roles are English. */
const CHINESE = {
  close: '关闭窗口',
  quit: '退出',
  cut: '剪切',
  copy: '复制',
  paste: '粘贴',
  selectAll: '全选',
  reload: '重新加载',
  resetZoom: '实际大小',
  zoomIn: '放大',
  zoomOut: '缩小',
  togglefullscreen: '切换全屏',
  toggleDevTools: '开发者工具'
} as const satisfies Partial<Record<Role, string>>

/** What the window itself offers beside the commands of the workbench. */
function roles (id: Menu['id'], mac: boolean): readonly (readonly (keyof typeof CHINESE)[])[] {
  switch (id) {
    case 'file': return [[mac ? 'close' : 'quit']]
    case 'edit': return [['cut', 'copy', 'paste', 'selectAll']]
    case 'view': return [['resetZoom', 'zoomIn', 'zoomOut'], ['togglefullscreen', 'reload', 'toggleDevTools']]
    case 'help': return []
  }
}

/** The menus of the workbench's commands, told apart by lines, with what only a window has. `choose` is told which command was clicked. */
export function menuTemplate (locale: Locale, platform: NodeJS.Platform, choose: (id: CommandId) => void): MenuItemConstructorOptions[] {
  const mac = platform === 'darwin'
  const commandItem = (id: CommandId): MenuItemConstructorOptions => {
    const { title, shortcuts } = command(id)
    // The page hears its keys itself, where a text field may want them: the menu only shows them.
    const keys = shortcuts?.[0] && { accelerator: accelerator(shortcuts[0]), registerAccelerator: false }
    return { id, label: title[locale], click: () => { choose(id) }, ...keys }
  }
  const roleItem = (role: keyof typeof CHINESE): MenuItemConstructorOptions => locale === 'zh' ? { role, label: CHINESE[role] } : { role }
  const menus = MENUS.map(({ id, title, groups }): MenuItemConstructorOptions => ({
    label: title[locale],
    ...(id === 'help' && { role: 'help' }),
    submenu: withLines([...groups.map((group) => group.map(commandItem)), ...roles(id, mac).map((group) => group.map(roleItem))])
  }))
  return mac ? [{ role: 'appMenu' }, ...menus] : menus
}

const withLines = (groups: readonly MenuItemConstructorOptions[][]): MenuItemConstructorOptions[] =>
  groups.flatMap((group, i) => i === 0 ? group : [{ type: 'separator' as const }, ...group])

export const menuLocale = (languages: readonly string[]): Locale => languages[0]?.toLowerCase().startsWith('zh') ? 'zh' : 'en'
