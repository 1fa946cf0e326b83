/** A key with its modifiers. `key` is what the keyboard event calls it, in lower case: `s`, `?`, `enter`. */
export interface Shortcut {
  readonly key: string
  readonly shift?: boolean
  /** Without Ctrl or ⌘: heard only where nothing is being typed. */
  readonly bare?: boolean
}

/** The parts of a keyboard event that decide. */
export interface Stroke {
  readonly key: string
  readonly ctrlKey: boolean
  readonly metaKey: boolean
  readonly altKey: boolean
  readonly shiftKey: boolean
}

export type Keyboard = 'mac' | 'pc'

/** Whether a key press is this shortcut. Ctrl is ⌘ on a Mac. A bare key that needs Shift to be typed, `?`, is recognised by its sign. */
export function isStroke (shortcut: Shortcut, stroke: Stroke, keyboard: Keyboard): boolean {
  if (stroke.altKey || stroke.key.toLowerCase() !== shortcut.key) return false
  const command = keyboard === 'mac' ? stroke.metaKey : stroke.ctrlKey
  const other = keyboard === 'mac' ? stroke.ctrlKey : stroke.metaKey
  if (other || command === Boolean(shortcut.bare)) return false
  return shortcut.bare || stroke.shiftKey === Boolean(shortcut.shift)
}

const NAMED: Readonly<Record<string, string>> = { enter: 'Enter', escape: 'Esc' }
const keyName = (key: string): string => NAMED[key] ?? key.toUpperCase()

/** The keys as they are written on a keyboard: `⇧⌘Z`, or `Ctrl` `Shift` `Z`. */
export function keysOf ({ key, shift, bare }: Shortcut, keyboard: Keyboard): readonly string[] {
  const modifiers = keyboard === 'mac' ? [shift && '⇧', !bare && '⌘'] : [!bare && 'Ctrl', shift && 'Shift']
  return [...modifiers.filter((name) => typeof name === 'string'), keyName(key)]
}

export const formatShortcut = (shortcut: Shortcut, keyboard: Keyboard): string =>
  keysOf(shortcut, keyboard).join(keyboard === 'mac' ? '' : '+')

/** For aria-keyshortcuts. */
export const ariaShortcut = ({ key, shift, bare }: Shortcut, keyboard: Keyboard): string =>
  [!bare && (keyboard === 'mac' ? 'Meta' : 'Control'), shift && 'Shift', keyName(key)].filter(Boolean).join('+')

/** As Electron's menus write it. */
export const accelerator = ({ key, shift, bare }: Shortcut): string =>
  [!bare && 'CommandOrControl', shift && 'Shift', keyName(key)].filter(Boolean).join('+')
