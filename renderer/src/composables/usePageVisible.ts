import { onScopeDispose, readonly, ref, type Ref } from 'vue'

/** Whether anybody can see the page: false in a background tab and a minimized window. */
export function usePageVisible (): Readonly<Ref<boolean>> {
  const visible = ref(document.visibilityState === 'visible')
  const update = () => {
    visible.value = document.visibilityState === 'visible'
  }
  document.addEventListener('visibilitychange', update)
  onScopeDispose(() => document.removeEventListener('visibilitychange', update))
  return readonly(visible)
}
