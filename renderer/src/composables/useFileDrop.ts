import { onMounted, onUnmounted, readonly, ref, type Ref } from 'vue'

/** Files dropped anywhere on the window. Answers whether files are over it now; other things that are dragged are left alone. */
export function useFileDrop (drop: (files: readonly File[]) => void): Readonly<Ref<boolean>> {
  const over = ref(false)
  /** Enters less leaves: every element in the way reports both. */
  let depth = 0
  const hasFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') === true

  const listeners: Readonly<Record<'dragenter' | 'dragover' | 'dragleave' | 'drop', (event: DragEvent) => void>> = {
    dragenter (event) {
      if (!hasFiles(event)) return
      depth++
      over.value = true
    },
    dragover (event) {
      if (hasFiles(event)) event.preventDefault()
    },
    dragleave (event) {
      if (!hasFiles(event)) return
      depth = Math.max(0, depth - 1)
      over.value = depth > 0
    },
    drop (event) {
      depth = 0
      over.value = false
      if (!hasFiles(event)) return
      event.preventDefault()
      drop([...event.dataTransfer!.files])
    }
  }
  onMounted(() => { for (const [name, listener] of Object.entries(listeners)) window.addEventListener(name as 'drop', listener) })
  onUnmounted(() => { for (const [name, listener] of Object.entries(listeners)) window.removeEventListener(name as 'drop', listener) })
  return readonly(over)
}
