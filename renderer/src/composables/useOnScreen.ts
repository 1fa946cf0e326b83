import { onMounted, onScopeDispose, readonly, ref, type Ref, type ShallowRef } from 'vue'

/** Whether an element is in sight or nearly so, to leave undone what nobody would see. */
export function useOnScreen (element: Readonly<ShallowRef<HTMLElement | null>>): Readonly<Ref<boolean>> {
  const seen = ref(false)
  const observer = new IntersectionObserver((entries) => {
    seen.value = entries.at(-1)!.isIntersecting
  }, { rootMargin: '200px' })
  onMounted(() => {
    if (element.value) observer.observe(element.value)
  })
  onScopeDispose(() => observer.disconnect())
  return readonly(seen)
}
