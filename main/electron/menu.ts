import type { MenuItemConstructorOptions } from 'electron'

type Role = NonNullable<MenuItemConstructorOptions['role']>

const CHINESE = {
  file: '文件',
  edit: '编辑',
  view: '视图',
  close: '关闭窗口',
  quit: '退出',
  undo: '撤销',
  redo: '重做',
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
} as const

const ENGLISH = { file: 'File', edit: 'Edit', view: 'View' } as const

/** What a window needs to be usable; the workbench's own commands live in the page, where the served app has them too. */
export function menuTemplate (locale: 'en' | 'zh', platform: NodeJS.Platform): MenuItemConstructorOptions[] {
  // Electron's own labels of roles are English.
  const item = (role: keyof typeof CHINESE & Role): MenuItemConstructorOptions => locale === 'zh' ? { role, label: CHINESE[role] } : { role }
  const menu = (name: keyof typeof ENGLISH, ...submenu: MenuItemConstructorOptions[]): MenuItemConstructorOptions =>
    ({ label: locale === 'zh' ? CHINESE[name] : ENGLISH[name], submenu })
  const separator: MenuItemConstructorOptions = { type: 'separator' }
  const mac = platform === 'darwin'
  return [
    ...(mac ? [{ role: 'appMenu' } satisfies MenuItemConstructorOptions] : []),
    menu('file', mac ? item('close') : item('quit')),
    menu('edit', item('undo'), item('redo'), separator, item('cut'), item('copy'), item('paste'), item('selectAll')),
    menu('view', item('reload'), separator, item('resetZoom'), item('zoomIn'), item('zoomOut'), separator, item('togglefullscreen'), item('toggleDevTools'))
  ]
}

export const menuLocale = (languages: readonly string[]): 'en' | 'zh' => languages[0]?.toLowerCase().startsWith('zh') ? 'zh' : 'en'
