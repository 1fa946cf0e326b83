import { onDeactivated, ref, type Ref } from 'vue'

/**
 * Whether a menu, list or dialog is open. What lies over the page is drawn outside of its view: it closes with a view that leaves,
 * which is kept and else would leave it behind.
 */
export function useOpenInView (open: Ref<boolean> = ref(false)): Ref<boolean> {
  onDeactivated(() => {
    open.value = false
  })
  return open
}
