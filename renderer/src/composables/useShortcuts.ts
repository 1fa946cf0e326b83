import { onMounted, onUnmounted } from 'vue'

export interface Shortcut {
  /** The key as typed without modifiers, `s`; Ctrl, or Cmd on a Mac, is always part of it. */
  readonly key: string
  readonly shift?: boolean
  readonly run: () => void
}

/** Window-wide shortcuts. A field that wants a key for itself stops the event. */
export function useShortcuts (shortcuts: readonly Shortcut[]): void {
  function handle (event: KeyboardEvent): void {
    if (!(event.ctrlKey || event.metaKey) || event.altKey) return
    const hit = shortcuts.find((shortcut) => shortcut.key === event.key.toLowerCase() && Boolean(shortcut.shift) === event.shiftKey)
    if (!hit) return
    event.preventDefault()
    hit.run()
  }
  onMounted(() => window.addEventListener('keydown', handle))
  onUnmounted(() => window.removeEventListener('keydown', handle))
}

/** `⌘` on Apple keyboards, `Ctrl+` elsewhere. */
export const commandKey = /Mac|iPhone|iPad/.test(navigator.platform) ? '⌘' : 'Ctrl+'
