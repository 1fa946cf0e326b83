import { defineStore } from 'pinia'
import { ref, watch } from 'vue'
import type { Locale } from '#shared/units/index.ts'
import { readPreference, writePreference } from '../host/preferences.ts'
import { i18n, LOCALES } from '../i18n/index.ts'

export const THEMES = ['system', 'light', 'dark'] as const
export type Theme = (typeof THEMES)[number]

const isLocale = (value: unknown): value is Locale => LOCALES.includes(value as Locale)
const isTheme = (value: unknown): value is Theme => THEMES.includes(value as Theme)

function initialLocale (): Locale {
  const remembered = readPreference('language')
  if (isLocale(remembered)) return remembered
  return navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en'
}

/** Language, theme and what is folded: choices about the window, not about a plan. */
export const useSettingsStore = defineStore('settings', () => {
  const locale = ref<Locale>(initialLocale())
  const rememberedTheme = readPreference('theme')
  const theme = ref<Theme>(isTheme(rememberedTheme) ? rememberedTheme : 'system')
  const showExamples = ref(readPreference('examples') !== 'hidden')

  watch(locale, (value) => {
    i18n.global.locale.value = value
  }, { immediate: true, flush: 'sync' })
  watch(locale, (value) => writePreference('language', value))
  watch(theme, (value) => writePreference('theme', value))
  watch(showExamples, (value) => writePreference('examples', value ? 'shown' : 'hidden'))

  return { locale, theme, showExamples }
})
