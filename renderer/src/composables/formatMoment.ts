import type { Locale } from '#shared/units/index.ts'

const tag = (locale: Locale) => locale === 'zh' ? 'zh-CN' : 'en-GB'

/** `14:03`. */
export const formatTime = (iso: string, locale: Locale): string =>
  new Intl.DateTimeFormat(tag(locale), { hour: '2-digit', minute: '2-digit', hour12: false }).format(new Date(iso))

/** The time of today, the day of this year, the date of another. */
export function formatMoment (iso: string, locale: Locale, now: Date = new Date()): string {
  const date = new Date(iso)
  if (date.toDateString() === now.toDateString()) return formatTime(iso, locale)
  return new Intl.DateTimeFormat(tag(locale), date.getFullYear() === now.getFullYear()
    ? { month: 'short', day: 'numeric' }
    : { year: 'numeric', month: 'short', day: 'numeric' }).format(date)
}
