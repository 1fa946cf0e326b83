import { computed, type ComputedRef } from 'vue'
import { useDark } from './useDocument.ts'

/** CSS custom properties as plain colours, for what is drawn on a canvas. Recomputed when the theme changes. */
export function useTokens<K extends string> (names: Readonly<Record<K, string>>): ComputedRef<Record<K, string>> {
  const dark = useDark()
  return computed(() => {
    void dark.value
    const style = getComputedStyle(document.documentElement)
    return Object.fromEntries(Object.entries<string>(names).map(([key, name]) => [key, style.getPropertyValue(name).trim()])) as Record<K, string>
  })
}
