import { formatCount, type Locale } from '#shared/units/index.ts'

/** A field's number as read: grouped when whole, as typed otherwise. */
export const formatValue = (value: number, locale: Locale): string =>
  Number.isInteger(value) ? formatCount(value, locale) : String(value)

/** A context length as people write it: `128k`, `1M`. */
export const formatContext = (tokens: number): string =>
  tokens >= 1024 ** 2 ? `${Math.round(tokens / 1024 ** 2)}M` : tokens >= 1024 ? `${Math.round(tokens / 1024)}k` : String(tokens)

/** A name that stands alone: its first letter large, unless it is written with capitals inside, as cuBLAS is. */
export const sentenceCase = (name: string): string => /^[a-z]+[A-Z]/.test(name) ? name : name.charAt(0).toUpperCase() + name.slice(1)
