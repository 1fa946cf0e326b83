import type { ScenarioQuery } from '#shared/contract/index.ts'
import type { Target } from '#shared/fit/index.ts'

export const PLACES = ['all', 'favourites', 'trash'] as const
export type Place = (typeof PLACES)[number]

/** How long ago it was changed at most, in days. */
export const SINCE_DAYS = { any: null, day: 1, week: 7, month: 30, year: 365 } as const
export type Since = keyof typeof SINCE_DAYS

/** What the library shows, as the user chooses it. */
export interface LibraryFilter {
  readonly text: string
  readonly place: Place
  readonly tags: readonly string[]
  readonly algorithms: readonly string[]
  readonly methods: readonly string[]
  readonly families: readonly string[]
  readonly since: Since
  /** Only what the current target holds. */
  readonly fits: boolean
}

export const NO_FILTER: LibraryFilter = { text: '', place: 'all', tags: [], algorithms: [], methods: [], families: [], since: 'any', fits: false }

export interface LibrarySort {
  readonly by: ScenarioQuery['sort']
  readonly descending: boolean
}

/** Whether anything narrows the list besides the place. */
export const isNarrowed = ({ place: _, ...filter }: LibraryFilter): boolean => {
  const { place: __, ...none } = NO_FILTER
  return JSON.stringify(filter) !== JSON.stringify(none)
}

/** What the target's roomiest card gives a run that keeps the reserve, in bytes; null without a card. */
export function roomOf ({ devices, reserve }: Target): number | null {
  return devices.length === 0 ? null : Math.max(0, ...devices.map(({ free, capacity }) => free - reserve * capacity))
}

export function queryOf (filter: LibraryFilter, { by, descending }: LibrarySort, room: number | null, now: number): Omit<ScenarioQuery, 'offset' | 'limit'> {
  const days = SINCE_DAYS[filter.since]
  return {
    text: filter.text.trim(),
    sort: by,
    descending,
    filter: {
      trash: filter.place === 'trash',
      ...filter.place === 'favourites' ? { favourite: true } : {},
      ...filter.tags.length > 0 ? { tags: [...filter.tags] } : {},
      ...filter.algorithms.length > 0 ? { algorithms: [...filter.algorithms] } : {},
      ...filter.methods.length > 0 ? { methods: [...filter.methods] } : {},
      ...filter.families.length > 0 ? { families: [...filter.families] } : {},
      ...filter.fits && room !== null ? { needAtMost: room } : {},
      ...days === null ? {} : { updatedSince: new Date(now - days * 86_400_000).toISOString() }
    }
  }
}
