import { GIB, KIB, MIB, type Bytes } from './bytes.ts'

export type Locale = 'en' | 'zh'

const formatters = new Map<string, Intl.NumberFormat>()

function formatter (locale: Locale, digits: number): Intl.NumberFormat {
  const key = `${locale}${digits}`
  let f = formatters.get(key)
  if (!f) {
    f = new Intl.NumberFormat(locale === 'zh' ? 'zh-CN' : 'en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })
    formatters.set(key, f)
  }
  return f
}

/** GiB with a fixed number of decimals, for columns whose numerals must align: `50.22 GiB`. */
export function formatGib (b: Bytes, locale: Locale = 'en', digits = 2): string {
  return `${formatter(locale, digits).format(b / GIB)} GiB`
}

/** The unit that reads best: B, KiB, MiB or GiB. `formatBytes(bytes(17039360))` is `16.25 MiB`. */
export function formatBytes (b: Bytes, locale: Locale = 'en'): string {
  const size = Math.abs(b)
  if (size >= GIB) return formatGib(b, locale)
  if (size >= MIB) return `${formatter(locale, 2).format(b / MIB)} MiB`
  if (size >= KIB) return `${formatter(locale, 2).format(b / KIB)} KiB`
  return `${formatter(locale, 0).format(b)} B`
}

/** A signed difference in GiB: `+1.25 GiB`, `−0.40 GiB`. */
export function formatDelta (b: Bytes, locale: Locale = 'en'): string {
  const sign = b > 0 ? '+' : b < 0 ? '−' : '±'
  return `${sign}${formatGib(Math.abs(b) as Bytes, locale)}`
}

/** A whole number with group separators: `8,030,261,248`. */
export const formatCount = (n: number, locale: Locale = 'en'): string => formatter(locale, 0).format(n)

/** A parameter count in the field's shorthand: `8.03B`, `494M`. */
export function formatParameters (n: number, locale: Locale = 'en'): string {
  if (n >= 1e9) return `${formatter(locale, 2).format(n / 1e9)}B`
  if (n >= 1e6) return `${formatter(locale, n >= 1e8 ? 0 : 1).format(n / 1e6)}M`
  return formatter(locale, 0).format(n)
}

/** A share of one as a percentage: `formatPercent(0.3)` is `30%`. */
export const formatPercent = (share: number, locale: Locale = 'en', digits = 0): string => `${formatter(locale, digits).format(share * 100)}%`
