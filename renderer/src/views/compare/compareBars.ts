import type { TargetDevice } from '#shared/fit/index.ts'
import { CATEGORIES, PHASE_KINDS, type Category, type PhaseKind } from '#shared/memory/index.ts'
import { categoryName, phaseName, type Compared } from '#shared/report/index.ts'
import { bytes, formatGib, type Locale } from '#shared/units/index.ts'
import type { CompareBars, CompareLine } from '../../charts/compareChart.ts'
import type { Translate } from '../../i18n/index.ts'

export const LOOKS = ['stacked', 'categories', 'phases'] as const
/** stacked: totals by category; categories and phases: those of all scenarios side by side. */
export type Look = (typeof LOOKS)[number]

export interface BarColors {
  readonly categories: Readonly<Record<Category, string>>
  /** Of scenarios, the baseline's first; used again when there are more. */
  readonly scenarios: readonly string[]
}

/** What the chart draws of a comparison. Scenarios without an estimate keep their place. */
export function compareBars (look: Look, columns: readonly Compared[], lines: readonly CompareLine[], colors: BarColors, locale: Locale): CompareBars {
  if (look === 'stacked') {
    const present = CATEGORIES.filter((category) => columns.some(({ estimate }) => (estimate?.breakdown[category] ?? 0) > 0))
    return {
      kind: 'stacked',
      names: columns.map(({ name }) => name),
      series: present.map((category) => ({ name: categoryName(category, locale), color: colors.categories[category], values: columns.map(({ estimate }) => estimate?.breakdown[category] ?? null) })),
      lines
    }
  }
  const scenario = (column: Compared, i: number, values: (number | null)[]) => ({ name: column.name, color: colors.scenarios[i % colors.scenarios.length]!, values })
  if (look === 'categories') {
    const present = CATEGORIES.filter((category) => columns.some(({ estimate }) => (estimate?.breakdown[category] ?? 0) > 0))
    return {
      kind: 'grouped',
      names: present.map((category) => categoryName(category, locale)),
      series: columns.map((column, i) => scenario(column, i, present.map((category) => column.estimate?.breakdown[category] ?? null))),
      lines: []
    }
  }
  const present = PHASE_KINDS.filter((kind) => columns.some((column) => peakOf(column, kind) !== null))
  return {
    kind: 'grouped',
    names: present.map((kind) => phaseName(kind, locale)),
    series: columns.map((column, i) => scenario(column, i, present.map((kind) => peakOf(column, kind)))),
    lines
  }
}

/** The highest peak of a kind of phase; null where a run has none. */
function peakOf ({ estimate }: Compared, kind: PhaseKind): number | null {
  const peaks = (estimate?.phases ?? []).filter((phase) => phase.kind === kind).map(({ peak }) => peak)
  return peaks.length === 0 ? null : Math.max(...peaks)
}

/** What of the card a run can have, and where the reserve begins. */
export function cardLines (device: TargetDevice | null, reserve: number, t: Translate, locale: Locale): CompareLine[] {
  if (!device) return []
  const gib = (value: number) => formatGib(bytes(value), locale, 1)
  const from = Math.max(0, device.free - Math.round(device.capacity * reserve))
  return [
    ...reserve > 0 ? [{ name: t('compare.reserveLine', { memory: gib(from) }), bytes: from, dashed: true }] : [],
    { name: t(device.free < device.capacity ? 'compare.freeLine' : 'compare.capacityLine', { memory: gib(device.free) }), bytes: device.free, dashed: false }
  ]
}
