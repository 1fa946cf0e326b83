import { featureName, type Outcome } from '#shared/fit/index.ts'
import { describeProblem } from '#shared/plan/index.ts'
import { outcomeName } from '#shared/report/index.ts'
import { bytes, formatGib, toGib, type Bytes, type Locale } from '#shared/units/index.ts'
import type { Translate } from '../../i18n/index.ts'
import type { GridCell } from '../../stores/exploreStoreGrid.ts'

/** How a cell looks: its verdict, refused, or a need that nothing judges. */
export type CellLook = Outcome | 'refused' | 'unjudged' | 'pending'

export function lookOf (cell: GridCell | undefined): CellLook {
  if (!cell) return 'pending'
  if (cell.total === null) return 'refused'
  return cell.outcome ?? 'unjudged'
}

/** GiB without the unit, for a cell: `12.3`, `312`, and TiB from a thousand on, `1.2T`. */
export function compactGib (amount: Bytes, locale: Locale): string {
  const gib = Math.abs(toGib(amount))
  if (gib >= 999.5) return `${new Intl.NumberFormat(locale === 'zh' ? 'zh-CN' : 'en-US', { maximumSignificantDigits: gib >= 102_400 ? 3 : 2, useGrouping: false }).format(gib / 1024)}T`
  return gib >= 99.95 ? String(Math.round(gib)) : gib.toFixed(1)
}

export const signedGib = (amount: Bytes, locale: Locale): string => `${amount < 0 ? '−' : '+'}${compactGib(amount, locale)}`

/** What is to spare, or how much is short. */
export const marginOf = (margin: Bytes, t: Translate, locale: Locale): string =>
  t(margin < 0 ? 'device.short' : 'device.spare', { margin: formatGib(bytes(Math.abs(margin)), locale, 1) })

/** Why a cell has no figure or no card; null where nothing is wrong. */
export function reasonOf (cell: GridCell, t: Translate, locale: Locale): string | null {
  if (cell.problem) return describeProblem(cell.problem, locale)
  if (cell.failure !== null) return t('explore.engineFailed', { message: cell.failure })
  if (cell.total === null) return t('explore.noReason')
  return cell.lacks === null ? null : t('explore.lacks', { feature: featureName(cell.lacks, locale) })
}

/** A cell in one breath, for whoever hears it. */
export function cellSummary (cell: GridCell | undefined, t: Translate, locale: Locale): string {
  if (!cell) return t('explore.pending')
  const parts = cell.total === null
    ? [t('explore.look.refused')]
    : [formatGib(cell.total, locale, 1), ...cell.outcome ? [outcomeName(cell.outcome, locale)] : [], ...cell.margin === null ? [] : [marginOf(cell.margin, t, locale)]]
  const reason = reasonOf(cell, t, locale)
  return [...parts, ...reason ? [reason] : []].join(locale === 'zh' ? '，' : ', ')
}
