import type { ScenarioFacets, ScenarioPage, ScenarioQuery } from '#shared/contract/index.ts'
import type { Database } from './driver.ts'
import { COLUMNS, summarize, type Row } from './row.ts'

/** Counting stops here: nobody pages further, and counting all of a large library takes longer than showing a page. */
const COUNTED = 10_000

/** Trigrams have three characters: shorter words are looked for one row after the other. */
const TRIGRAM = 3

const SORT: Readonly<Record<ScenarioQuery['sort'], string>> = { updated: 'updated_at', created: 'created_at', name: 'name COLLATE NOCASE', need: 'need_bytes' }

/** A page of scenarios, or of the trash. Words must all occur, in any of the texts. */
export function queryScenarios (db: Database, query: ScenarioQuery): ScenarioPage {
  const { sql, values } = conditions(query)
  const order = query.filter.trash ? 'deleted_at' : SORT[query.sort]
  const direction = query.descending ? 'DESC' : 'ASC'
  const rows = db.prepare<unknown[], Row>(`SELECT ${COLUMNS} FROM scenarios WHERE ${sql} ORDER BY ${order} ${direction}, rowid ${direction} LIMIT ? OFFSET ?`)
    .all(...values, query.limit, query.offset)
  const total = db.prepare<unknown[], { n: number }>(`SELECT count(*) AS n FROM (SELECT 1 FROM scenarios WHERE ${sql} LIMIT ${COUNTED + 1})`).get(...values)!.n
  return { rows: rows.map(summarize), total: Math.min(total, COUNTED), isMore: total > COUNTED }
}

function conditions ({ text, filter }: ScenarioQuery): { sql: string, values: unknown[] } {
  const parts = [filter.trash ? 'deleted_at IS NOT NULL' : 'deleted_at IS NULL']
  const values: unknown[] = []
  const add = (sql: string, ...more: unknown[]): void => {
    parts.push(sql)
    values.push(...more)
  }
  const oneOf = (column: string, list: readonly string[] | undefined): void => {
    if (list && list.length > 0) add(`${column} IN (SELECT value FROM json_each(?))`, JSON.stringify(list))
  }
  const words = text.trim().split(/\s+/).filter(word => word !== '')
  const long = words.filter(word => [...word].length >= TRIGRAM)
  if (long.length > 0) add('id IN (SELECT scenario_id FROM search_keys WHERE key IN (SELECT rowid FROM scenario_text WHERE scenario_text MATCH ?))', long.map(quoted).join(' AND '))
  for (const word of words.filter(one => [...one].length < TRIGRAM)) {
    const pattern = `%${word.replaceAll(/[\\%_]/g, character => `\\${character}`)}%`
    add(`(name LIKE ? ESCAPE '\\' OR notes LIKE ? ESCAPE '\\' OR tags LIKE ? ESCAPE '\\' OR model LIKE ? ESCAPE '\\' OR method LIKE ? ESCAPE '\\')`, pattern, pattern, pattern, pattern, pattern)
  }
  if (filter.favourite !== undefined) add('favourite = ?', filter.favourite ? 1 : 0)
  for (const tag of filter.tags ?? []) add('EXISTS (SELECT 1 FROM json_each(scenarios.tags) WHERE value = ?)', tag)
  oneOf('algorithm', filter.algorithms)
  oneOf('method', filter.methods)
  oneOf('family', filter.families)
  if (filter.needAtMost !== undefined) add('need_bytes <= ?', filter.needAtMost)
  if (filter.updatedSince !== undefined) add('updated_at >= ?', filter.updatedSince)
  return { sql: parts.join(' AND '), values }
}

/** A string of FTS5's own syntax: what the user types is never an operator. */
const quoted = (word: string): string => `"${word.replaceAll('"', '""')}"`

/** What there is to filter by, most frequent first. */
export function facetsOf (db: Database): ScenarioFacets {
  const count = (where: string): number => db.prepare<[], { n: number }>(`SELECT count(*) AS n FROM scenarios WHERE ${where}`).get()!.n
  const by = (column: string) => db.prepare<[], { value: string, count: number }>(
    `SELECT ${column} AS value, count(*) AS count FROM scenarios WHERE deleted_at IS NULL AND ${column} IS NOT NULL GROUP BY ${column} ORDER BY count DESC, value`
  ).all()
  return {
    all: count('deleted_at IS NULL'),
    trash: count('deleted_at IS NOT NULL'),
    favourites: count('deleted_at IS NULL AND favourite = 1'),
    tags: db.prepare<[], { value: string, count: number }>(
      'SELECT json_each.value AS value, count(*) AS count FROM scenarios, json_each(scenarios.tags) WHERE deleted_at IS NULL GROUP BY json_each.value ORDER BY count DESC, value LIMIT 200'
    ).all(),
    algorithms: by('algorithm'),
    methods: by('method'),
    families: by('family')
  }
}
