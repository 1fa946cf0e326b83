import { createI18n } from 'vue-i18n'
import type { Locale } from '#shared/units/index.ts'
import { en } from './english.ts'

type Messages = typeof en
type Leaves<T> = { [K in keyof T & string]: T[K] extends string ? K : `${K}.${Leaves<T[K]>}` }[keyof T & string]

/** The key of a sentence, `verdict.fits`. English is the reference; a test keeps Chinese equal to it. */
export type MessageKey = Leaves<Messages>

/** How a component looks sentences up. */
export type Translate = (key: MessageKey, values?: Record<string, string | number>) => string

export const LOCALES: readonly Locale[] = ['en', 'zh']
/** For the html element's lang attribute. */
export const HTML_LANG: Readonly<Record<Locale, string>> = { en: 'en', zh: 'zh-Hans' }

export const i18n = createI18n({ legacy: false, locale: 'en', fallbackLocale: 'en', messages: { en } as Record<Locale, Messages> })

let chineseTensor = (tensor: string): string => tensor

/** What the engine calls a tensor, as the reader says it. Its Chinese names come with the language. */
export const sayTensor = (tensor: string, locale: Locale): string => locale === 'zh' ? chineseTensor(tensor) : tensor

/** Sees that a language's sentences are there; at once where they are already. */
export async function loadLanguage (locale: Locale): Promise<void> {
  if (i18n.global.availableLocales.includes(locale)) return
  const chinese = await import('./chinese.ts')
  chineseTensor = chinese.chineseTensor
  i18n.global.setLocaleMessage('zh', chinese.zh as Messages)
}
