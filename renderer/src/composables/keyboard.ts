import type { Keyboard } from '#shared/commands/index.ts'

/** Which keyboard there is: Apple's, with ⌘, or another. */
export const keyboard: Keyboard = /Mac|iPhone|iPad/.test(navigator.platform) ? 'mac' : 'pc'

const TEXT = 'textarea, input:not([type]), input:is([type="text"], [type="search"], [type="number"], [type="email"], [type="url"], [type="password"])'

/** Whether letters typed here are text. */
export const takesText = (element: Element | null): boolean =>
  element instanceof HTMLElement && (element.matches(TEXT) || element.isContentEditable)

/** Whether text typed here has an undo of its own: names, notes and searches, not the values of a plan. */
export const ownsUndo = (element: Element | null): boolean =>
  takesText(element) && (element!.closest('[role="dialog"]') !== null || element!.closest('[data-path], [role="spinbutton"]') === null)
