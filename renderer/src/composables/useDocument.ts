import { computed, onScopeDispose, watch, type ComputedRef } from 'vue'
import { HTML_LANG } from '../i18n/index.ts'
import { useSettingsStore } from '../stores/settingsStore.ts'
import { useMediaQuery } from './useMediaQuery.ts'

/** Keeps the html element's language and theme as chosen. */
export function useDocument (): void {
  const settings = useSettingsStore()
  const dark = useDark()
  window.addEventListener('languagechange', settings.followSystem)
  onScopeDispose(() => window.removeEventListener('languagechange', settings.followSystem))
  watch(() => settings.locale, (locale) => {
    document.documentElement.lang = HTML_LANG[locale]
  }, { immediate: true })
  watch(dark, (isDark) => {
    document.documentElement.dataset['theme'] = isDark ? 'dark' : 'light'
  }, { immediate: true, flush: 'sync' })
}

/** Whether the window is dark: as chosen, or as the system says. */
export function useDark (): ComputedRef<boolean> {
  const settings = useSettingsStore()
  const systemDark = useMediaQuery('(prefers-color-scheme: dark)')
  return computed(() => settings.theme === 'system' ? systemDark.value : settings.theme === 'dark')
}
