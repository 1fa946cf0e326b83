import { bytes, formatBytes, formatCount, formatGib, formatPercent, GIB, type Locale } from '../../units/index.ts'
import { outcomeCell, type ComparisonRow } from './rows.ts'

/** A cell as people read it; empty where there is nothing. */
export function formatCell ({ kind, cells }: ComparisonRow, column: number, locale: Locale): string {
  const value = cells[column] ?? null
  if (value === null) return ''
  if (kind === 'outcome') return outcomeCell(value, locale)
  if (typeof value === 'string') return value
  return kind === 'bytes' ? formatGib(bytes(value), locale) : Number.isInteger(value) ? formatCount(value, locale) : String(value)
}

/** `+1.25 GiB (+4%)`: signed, with the share of the baseline; empty for the baseline, for text and where nothing differs. */
export function formatDeltaCell (row: ComparisonRow, column: number, baseline: number, locale: Locale): string {
  const delta = row.deltas[column] ?? null
  if (delta === null || delta === 0) return ''
  const sign = delta > 0 ? '+' : '−'
  const size = row.kind === 'bytes' ? memory(Math.abs(delta), locale) : Number.isInteger(delta) ? formatCount(Math.abs(delta), locale) : String(Math.abs(delta))
  const base = row.cells[baseline]
  // A margin can be negative or nothing: a share of it says nothing.
  const isShare = typeof base === 'number' && base > 0 && row.key !== 'verdict.margin' && Math.abs(delta) / base >= 0.0005
  return `${sign}${size}${isShare ? ` (${relative(delta, base, locale)})` : ''}`
}

/** In GiB, unless that would read as nothing. */
const memory = (size: number, locale: Locale): string => size < GIB / 100 ? formatBytes(bytes(size), locale) : formatGib(bytes(size), locale)

/** `+4%`; beyond ten times the baseline `×15`. */
function relative (delta: number, base: number, locale: Locale): string {
  const share = Math.abs(delta) / base
  return share >= 10 ? `×${formatCount(Math.round(share + 1), locale)}` : `${delta > 0 ? '+' : '−'}${formatPercent(share, locale, share < 0.1 ? 1 : 0)}`
}
