import { CATEGORIES, type Category, type Estimate, type Part } from '#shared/memory/index.ts'
import { bytes, formatBytes, formatGib, MIB, type Bytes, type Locale } from '#shared/units/index.ts'

export interface BreakdownGroup {
  readonly category: Category
  readonly bytes: Bytes
  /** Of the total. */
  readonly share: number
  /** Largest first. Empty for what is not made of tensors: workspace, context, fragmentation. */
  readonly parts: readonly Part[]
}

/** The estimate's parts under their categories, in the fixed order; the groups add up to the total. */
export function breakdownGroups ({ breakdown, parts, total }: Estimate): BreakdownGroup[] {
  return CATEGORIES.flatMap((category) => {
    const held = breakdown[category] ?? bytes(0)
    if (held === 0) return []
    const own = parts.filter((part) => part.category === category).sort((a, b) => b.bytes - a.bytes)
    return [{ category, bytes: held, share: held / total.expected, parts: own }]
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
