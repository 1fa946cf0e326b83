import type { Locale } from '../units/index.ts'
import type { Shortcut } from './shortcut.ts'

/* What the workbench can be told to do, as data: the palette, the menus of the page and of the desktop app, the list of shortcuts and the keyboard read this one list. */

export type CommandGroup = 'file' | 'edit' | 'go' | 'window' | 'help'

export interface Command {
  readonly title: Readonly<Record<Locale, string>>
  readonly group: CommandGroup
  /** The first is the one that is shown. */
  readonly shortcuts?: readonly Shortcut[]
  /** Other words by which it is looked for, in both languages. */
  readonly keywords?: string
}

export const COMMANDS = {
  'plan.new': { title: { en: 'New plan', zh: '新建方案' }, group: 'file', keywords: 'blank default reset 空白 默认' },
  'scenario.save': { title: { en: 'Save', zh: '保存' }, group: 'file', shortcuts: [{ key: 's' }], keywords: 'store library 存储' },
  'scenario.saveAs': { title: { en: 'Save as…', zh: '另存为…' }, group: 'file', shortcuts: [{ key: 's', shift: true }], keywords: 'name copy 命名' },
  'scenario.duplicate': { title: { en: 'Duplicate the scenario', zh: '复制当前方案' }, group: 'file', keywords: 'copy clone 副本' },
  'plan.compare': { title: { en: 'Compare the open plan', zh: '对比当前方案' }, group: 'file', keywords: 'side by side baseline difference 差异 基准' },
  'library.open': { title: { en: 'Open a scenario…', zh: '打开方案…' }, group: 'file', shortcuts: [{ key: 'o' }], keywords: 'library scenarios 方案库' },

  'plan.undo': { title: { en: 'Undo', zh: '撤销' }, group: 'edit', shortcuts: [{ key: 'z' }], keywords: 'back 后退' },
  'plan.redo': { title: { en: 'Redo', zh: '重做' }, group: 'edit', shortcuts: [{ key: 'z', shift: true }, { key: 'y' }], keywords: 'again forward 前进' },

  'view.plan': { title: { en: 'Plan', zh: '方案' }, group: 'go', shortcuts: [{ key: '1' }], keywords: 'view form answer 视图 表单' },
  'view.compare': { title: { en: 'Compare', zh: '对比' }, group: 'go', shortcuts: [{ key: '2' }], keywords: 'view side by side baseline difference 视图 差异' },
  'view.explore': { title: { en: 'Explore', zh: '探索' }, group: 'go', shortcuts: [{ key: '3' }], keywords: 'view heatmap sweep grid 视图 热图 扫描' },
  'view.hardware': { title: { en: 'Hardware', zh: '硬件' }, group: 'go', shortcuts: [{ key: '4' }], keywords: 'view machines gpu ssh monitor 视图 显卡 机器' },
  'view.library': { title: { en: 'Library', zh: '方案库' }, group: 'go', shortcuts: [{ key: '5' }], keywords: 'view scenarios saved trash tags 视图 回收站 标签' },
  'palette.open': { title: { en: 'Search everything…', zh: '搜索全部…' }, group: 'go', shortcuts: [{ key: 'k' }], keywords: 'command palette find 命令 查找' },

  'theme.system': { title: { en: 'Theme: as the system', zh: '主题：跟随系统' }, group: 'window', keywords: 'appearance colour color automatic 外观 自动' },
  'theme.light': { title: { en: 'Theme: light', zh: '主题：浅色' }, group: 'window', keywords: 'appearance bright day 外观 明亮' },
  'theme.dark': { title: { en: 'Theme: dark', zh: '主题：深色' }, group: 'window', keywords: 'appearance night 外观 夜间 暗' },
  'language.system': { title: { en: 'Language: as the system', zh: '语言：跟随系统' }, group: 'window', keywords: 'locale automatic 自动' },
  'language.en': { title: { en: 'Language: English', zh: '语言：English' }, group: 'window', keywords: 'locale 英文 英语' },
  'language.zh': { title: { en: 'Language: 中文', zh: '语言：中文' }, group: 'window', keywords: 'locale Chinese zhongwen 汉语' },
  'examples.toggle': { title: { en: 'Show or hide the examples', zh: '显示或隐藏示例' }, group: 'window', keywords: 'strip bar 示例栏' },

  'hardware.detect': { title: { en: 'Look for GPUs again', zh: '重新检测 GPU' }, group: 'help', keywords: 'refresh detect nvidia-smi 刷新 显卡' },
  'shortcuts.open': { title: { en: 'Keyboard shortcuts', zh: '键盘快捷键' }, group: 'help', shortcuts: [{ key: '?', bare: true }], keywords: 'keys help hotkeys 帮助 按键' },
  'welcome.open': { title: { en: 'Introduction', zh: '入门说明' }, group: 'help', keywords: 'welcome tour start 欢迎 教程' }
} as const satisfies Readonly<Record<string, Command>>

export type CommandId = keyof typeof COMMANDS

export const COMMAND_IDS = Object.keys(COMMANDS) as CommandId[]
export const command = (id: CommandId): Command => COMMANDS[id]
export const commandTitle = (id: CommandId, locale: Locale): string => COMMANDS[id].title[locale]
