import { defineStore } from 'pinia'
import { ref } from 'vue'

export type ShellDialog = 'save' | 'palette' | 'shortcuts'

/** Which of the window's own dialogs is open: one at a time. */
export const useShellStore = defineStore('shell', () => {
  const dialog = ref<ShellDialog | null>(null)

  function open (next: ShellDialog): void {
    dialog.value = next
  }

  /** Only if it is the one that is open: a dialog that goes must not take its successor with it. */
  function close (which: ShellDialog): void {
    if (dialog.value === which) dialog.value = null
  }

  return { dialog, open, close }
})
