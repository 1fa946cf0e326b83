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

/** `14:03:25`, of milliseconds. */
export const formatSeconds = (at: number, locale: Locale): string =>
  new Intl.DateTimeFormat(tag(locale), { hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false }).format(at)

const UNITS: Readonly<Record<Locale, readonly [hour: string, minute: string, second: string]>> = { en: ['h', 'min', 's'], zh: ['小时', '分钟', '秒'] }

/** How long, in the two largest units: `8 s`, `3 min 5 s`, `2 h 10 min`; `0.5 s` where that is all. */
export function formatDuration (milliseconds: number, locale: Locale): string {
  if (milliseconds > 0 && milliseconds < 1000) return `${milliseconds / 1000} ${UNITS[locale][2]}`
  const seconds = Math.max(0, Math.round(milliseconds / 1000))
  const counts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60]
  const first = Math.min(2, counts.findIndex((count, i) => count > 0 || i === 2))
  return counts
    .map((count, i) => ({ count, text: `${count} ${UNITS[locale][i]!}` }))
    .slice(first, first + 2)
    .filter(({ count }, i) => count > 0 || i === 0)
    .map(({ text }) => text)
    .join(' ')
}
