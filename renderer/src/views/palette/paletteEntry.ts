export const PALETTE_GROUPS = ['commands', 'scenarios', 'examples', 'models', 'frameworks'] as const
export type PaletteGroup = (typeof PALETTE_GROUPS)[number]

/** One thing the palette offers. */
export interface PaletteEntry {
  readonly key: string
  readonly group: PaletteGroup
  readonly title: string
  /** Beside the title, muted. */
  readonly detail: string
  /** Keys that do the same. */
  readonly keys: readonly string[]
  /** Holds already: the open view, the theme that is set. */
  readonly checked: boolean
  readonly run: () => void
}

export interface Scored {
  readonly entry: PaletteEntry
  readonly score: number
}

/** The groups with their entries, the group with the best match first; among equals in the usual order. */
export function grouped (found: readonly Scored[], most: number): readonly { readonly group: PaletteGroup, readonly entries: readonly PaletteEntry[] }[] {
  return PALETTE_GROUPS
    .map((group) => {
      const own = found.filter(({ entry }) => entry.group === group).toSorted((a, b) => b.score - a.score)
      return { group, best: own[0]?.score ?? 0, entries: own.slice(0, most).map(({ entry }) => entry) }
    })
    .filter(({ entries }) => entries.length > 0)
    .toSorted((a, b) => b.best - a.best)
}
