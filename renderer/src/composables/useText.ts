import { computed, type ComputedRef } from 'vue'
import { useI18n } from 'vue-i18n'
import type { Locale } from '#shared/units/index.ts'
import type { Translate } from '../i18n/index.ts'

/** Sentences in the chosen language, with keys the compiler knows. */
export function useText (): { t: Translate, locale: ComputedRef<Locale> } {
  const { t, locale } = useI18n()
  return {
    t: (key, values) => values ? t(key, values) : t(key),
    locale: computed(() => locale.value as Locale)
  }
}
