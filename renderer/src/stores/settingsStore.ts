import { defineStore } from 'pinia'
import { computed, ref, watch } from 'vue'
import type { Locale } from '#shared/units/index.ts'
import { readPreference, writePreference } from '../host/preferences.ts'
import { i18n, loadLanguage, LOCALES } from '../i18n/index.ts'

export const THEMES = ['system', 'light', 'dark'] as const
export type Theme = (typeof THEMES)[number]
export const LANGUAGES = ['system', ...LOCALES] as const
export type Language = (typeof LANGUAGES)[number]

/** What is remembered, where it is one of these. */
function remembered<T extends string> (name: string, values: readonly T[]): T {
  const text = readPreference(name)
  return values.find((value) => value === text) ?? values[0]!
}

/** The first language of the system's list that there is a translation for. */
export const localeOf = (languages: readonly string[]): Locale =>
  languages.map((tag) => LOCALES.find((locale) => tag.toLowerCase().startsWith(locale))).find((locale) => locale !== undefined) ?? 'en'

/** Language, theme and what is folded: choices about the window, not about a plan. */
export const useSettingsStore = defineStore('settings', () => {
  const language = ref<Language>(remembered('language', LANGUAGES))
  const systemLocale = ref(localeOf(navigator.languages))
  const theme = ref<Theme>(remembered('theme', THEMES))
  const showExamples = ref(readPreference('examples') !== 'hidden')
  const showWelcome = ref(readPreference('welcome') !== 'seen')

  const locale = computed({
    get: (): Locale => language.value === 'system' ? systemLocale.value : language.value,
    set: (value) => { language.value = value }
  })

  function followSystem (): void {
    systemLocale.value = localeOf(navigator.languages)
  }

  watch(locale, (value) => {
    if (i18n.global.availableLocales.includes(value)) i18n.global.locale.value = value
    // Until the sentences are there, those of the last language stay.
    else void loadLanguage(value).then(() => { i18n.global.locale.value = locale.value })
  }, { immediate: true, flush: 'sync' })
  watch(language, (value) => writePreference('language', value))
  watch(theme, (value) => writePreference('theme', value))
  watch(showExamples, (value) => writePreference('examples', value ? 'shown' : 'hidden'))
  watch(showWelcome, (value) => writePreference('welcome', value ? 'shown' : 'seen'))

  return { locale, language, theme, showExamples, showWelcome, followSystem }
})
