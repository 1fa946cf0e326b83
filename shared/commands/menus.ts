import type { Locale } from '../units/index.ts'
import { COMMANDS, type CommandId } from './commands.ts'

export interface Menu {
  readonly id: 'file' | 'edit' | 'view' | 'help'
  readonly title: Readonly<Record<Locale, string>>
  /** Groups with a line between them. */
  readonly groups: readonly (readonly CommandId[])[]
}

/** The menus, of the page and of the desktop app. */
export const MENUS: readonly Menu[] = [
  { id: 'file', title: { en: 'File', zh: '文件' }, groups: [['plan.new', 'library.open'], ['scenario.save', 'scenario.saveAs', 'scenario.duplicate', 'plan.compare']] },
  { id: 'edit', title: { en: 'Edit', zh: '编辑' }, groups: [['plan.undo', 'plan.redo'], ['palette.open']] },
  {
    id: 'view',
    title: { en: 'View', zh: '视图' },
    groups: [
      ['view.plan', 'view.compare', 'view.explore', 'view.hardware', 'view.library'],
      ['theme.system', 'theme.light', 'theme.dark'],
      ['language.system', 'language.en', 'language.zh'],
      ['examples.toggle']
    ]
  },
  { id: 'help', title: { en: 'Help', zh: '帮助' }, groups: [['shortcuts.open', 'welcome.open'], ['hardware.detect']] }
]

/** Every command with its keys, by the heading under which the list of shortcuts shows it. */
export const withShortcuts = (): readonly (readonly [Menu, readonly CommandId[]])[] =>
  MENUS.map((menu) => [menu, menu.groups.flat().filter((id) => 'shortcuts' in COMMANDS[id])] as const).filter(([, ids]) => ids.length > 0)
