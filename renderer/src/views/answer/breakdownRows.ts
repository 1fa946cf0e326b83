import { CATEGORIES, type Breakdown, type Category, type Estimate, type Part } from '#shared/memory/index.ts'
import { bytes, formatBytes, formatGib, MIB, type Bytes, type Locale } from '#shared/units/index.ts'

/** What is explained: the total at the highest peak, or the live tensors at the peak of one phase. */
export interface Moment {
  readonly breakdown: Breakdown
  readonly parts: readonly Part[]
  /** The breakdown adds up to it. */
  readonly total: Bytes
  /** The highest peak: everything that nvidia-smi would show, tensors or not. */
  readonly highest: boolean
}

export function momentOf (estimate: Estimate, phase: number): Moment {
  if (phase === estimate.peakPhase) return { breakdown: estimate.breakdown, parts: estimate.parts, total: estimate.total.expected, highest: true }
  const { breakdown, peak } = estimate.phases[phase]!
  return { breakdown, parts: estimate.partsOf(phase), total: peak, highest: false }
}

export interface BreakdownGroup {
  readonly category: Category
  readonly bytes: Bytes
  /** Of the total. */
  readonly share: number
  /** Largest first. Empty for what is not made of tensors: workspace, context, fragmentation. */
  readonly parts: readonly Part[]
}

/** The moment's parts under their categories, in the fixed order; the groups add up to the total. */
export function breakdownGroups ({ breakdown, parts, total }: Moment): BreakdownGroup[] {
  return CATEGORIES.flatMap((category) => {
    const held = breakdown[category] ?? bytes(0)
    if (held === 0) return []
    const own = parts.filter((part) => part.category === category).sort((a, b) => b.bytes - a.bytes)
    return [{ category, bytes: held, share: held / total, parts: own }]
  })
}

/** One unit for a column that must be read down: GiB to a thousandth, and only what is below a MiB in its own unit. */
export const formatPart = (b: Bytes, locale: Locale): string => b < MIB ? formatBytes(b, locale) : formatGib(b, locale, 3)

/** The parts worth a line of their own, and the rest as one: small ones are many and explain nothing at a glance. */
export function split (parts: readonly Part[], most = 8): { readonly shown: readonly Part[], readonly rest: readonly Part[], readonly restBytes: Bytes } {
  const shown = parts.length <= most + 1 ? parts : parts.slice(0, most)
  const rest = parts.slice(shown.length)
  return { shown, rest, restBytes: bytes(rest.reduce((sum, part) => sum + part.bytes, 0)) }
}
