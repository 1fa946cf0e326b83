import type { ScenarioFacets } from '#shared/contract/index.ts'
import type { Database } from './driver.ts'

interface Group { algorithm: string, method: string, family: string | null, count: number, favourites: number }

type Counted = ScenarioFacets['tags']

const LISTED_TAGS = 200

/** What there is to filter by, most frequent first. */
export function facetsOf (db: Database): ScenarioFacets {
  const groups = db.prepare<[], Group>(`
    SELECT algorithm, method, family, count(*) AS count, sum(favourite) AS favourites FROM scenarios INDEXED BY scenarios_facets
    WHERE deleted_at IS NULL GROUP BY algorithm, method, family`).all()
  return {
    all: sum(groups.map(({ count }) => count)),
    trash: db.prepare<[], number>('SELECT count(*) FROM scenarios INDEXED BY scenarios_trash WHERE deleted_at IS NOT NULL').pluck().get()!,
    favourites: sum(groups.map(({ favourites }) => favourites)),
    tags: db.prepare<[], Counted[number]>(`SELECT tag AS value, count(*) AS count FROM scenario_tags GROUP BY tag ORDER BY count DESC, value LIMIT ${LISTED_TAGS}`).all(),
    algorithms: countedBy(groups, ({ algorithm }) => algorithm),
    methods: countedBy(groups, ({ method }) => method),
    families: countedBy(groups, ({ family }) => family)
  }
}

function countedBy (groups: readonly Group[], valueOf: (group: Group) => string | null): Counted {
  const counts = new Map<string, number>()
  for (const group of groups) {
    const value = valueOf(group)
    if (value !== null) counts.set(value, (counts.get(value) ?? 0) + group.count)
  }
  return [...counts].map(([value, count]) => ({ value, count })).toSorted((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1))
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, n) => total + n, 0)
