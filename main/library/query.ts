import type { ScenarioPage, ScenarioQuery } from '#shared/contract/index.ts'
import type { Database } from './driver.ts'
import { SELECT_ROW, summarize, type Row } from './row.ts'
import { searchFor, type Search } from './search.ts'

/** Counting stops here: nobody pages further, and counting all of a large library takes longer than showing a page. */
const COUNTED = 10_000

/** A word in more of the scenarios than this share is met soon enough when they are gone through in their order. */
const COMMON = 0.3

export interface Condition { readonly sql: string, readonly values: readonly unknown[] }

type Filter = ScenarioQuery['filter']

const SORT: Readonly<Record<ScenarioQuery['sort'], string>> = {
  updated: 'scenarios.updated_at', created: 'scenarios.created_at', name: 'scenarios.name COLLATE NOCASE', need: 'scenarios.need_bytes'
}

/** A page of scenarios, or of the trash. Words must all occur, in any of the texts. */
export function queryScenarios (db: Database, query: ScenarioQuery): ScenarioPage {
  const search = searchFor(db, query.text)
  const conditions = [...filterConditions(query.filter), ...search.likes]
  const found = findKeys(db, query.filter, search.match, conditions)
  const isMore = found.length > COUNTED
  const keys = isMore ? pageOfMany(db, query, search, conditions) : pageOf(db, query, found)
  const rows = keys.length === 0 ? [] : db.prepare<[string], Row>(`${SELECT_ROW} WHERE scenarios.key IN (SELECT value FROM json_each(?))`).all(JSON.stringify(keys))
  const place = new Map(keys.map((key, n) => [key, n]))
  return {
    rows: rows.toSorted((a, b) => place.get(a.key)! - place.get(b.key)!).map(summarize),
    total: isMore ? COUNTED : found.length,
    isMore
  }
}

/** Those that meet all conditions, in no order; one more than are counted when there are more. */
function findKeys (db: Database, filter: Filter, match: string | null, conditions: readonly Condition[]): number[] {
  const from = match === null
    ? `scenarios INDEXED BY ${indexFor(filter, conditions)} WHERE`
    : 'scenario_text CROSS JOIN scenarios ON scenarios.key = scenario_text.rowid WHERE scenario_text MATCH ? AND'
  return db.prepare<unknown[], number>(`SELECT scenarios.key FROM ${from} ${sqlOf(conditions)} LIMIT ${COUNTED + 1}`).pluck()
    .all(...match === null ? [] : [match], ...valuesOf(conditions))
}

function indexFor (filter: Filter, conditions: readonly Condition[]): string {
  if (filter.trash) return 'scenarios_trash'
  return conditions.length > 1 ? 'scenarios_facets' : 'scenarios_updated'
}

function pageOf (db: Database, query: ScenarioQuery, keys: readonly number[]): number[] {
  if (query.offset >= keys.length) return []
  return db.prepare<unknown[], number>(`SELECT scenarios.key FROM scenarios WHERE scenarios.key IN (SELECT value FROM json_each(?)) ${orderOf(query)}`).pluck()
    .all(JSON.stringify(keys), query.limit, query.offset)
}

/** A page of more than are counted: picked out of the matches, or met on the way along the order. */
function pageOfMany (db: Database, query: ScenarioQuery, { match }: Search, conditions: readonly Condition[]): number[] {
  const [where, values] = [sqlOf(conditions), valuesOf(conditions)]
  if (match === null) return db.prepare<unknown[], number>(`SELECT scenarios.key FROM scenarios WHERE ${where} ${orderOf(query)}`).pluck().all(...values, query.limit, query.offset)
  const matches = db.prepare<[string], number>('SELECT count(*) FROM scenario_text WHERE scenario_text MATCH ?').pluck().get(match)!
  const all = db.prepare<[], number>('SELECT count(*) FROM scenario_text').pluck().get()!
  const sql = conditions.length === 1 && matches > all * COMMON
    ? `SELECT scenarios.key FROM scenarios WHERE ${where} AND EXISTS (SELECT 1 FROM scenario_text WHERE scenario_text.rowid = scenarios.key AND scenario_text MATCH ?) ${orderOf(query)}`
    : `SELECT scenarios.key FROM scenario_text CROSS JOIN scenarios ON scenarios.key = scenario_text.rowid WHERE ${where} AND scenario_text MATCH ? ${orderOf(query)}`
  return db.prepare<unknown[], number>(sql).pluck().all(...values, match, query.limit, query.offset)
}

/** Without an estimate comes last, whichever way. */
function orderOf ({ filter, sort, descending }: ScenarioQuery): string {
  const column = filter.trash && sort === 'updated' ? 'scenarios.deleted_at' : SORT[sort]
  return `ORDER BY ${column} ${descending ? 'DESC' : sort === 'need' ? 'ASC NULLS LAST' : 'ASC'}, scenarios.key ${descending ? 'DESC' : 'ASC'} LIMIT ? OFFSET ?`
}

/** The first says whether it is in the trash; it is always there. */
function filterConditions (filter: Filter): Condition[] {
  const conditions: Condition[] = [{ sql: `scenarios.deleted_at IS ${filter.trash ? 'NOT NULL' : 'NULL'}`, values: [] }]
  const add = (sql: string, ...values: readonly unknown[]): void => { conditions.push({ sql, values }) }
  for (const [column, list] of [['algorithm', filter.algorithms], ['method', filter.methods], ['family', filter.families]] as const) {
    if (list && list.length > 0) add(`scenarios.${column} IN (${list.map(() => '?').join(', ')})`, ...list)
  }
  for (const tag of filter.tags ?? []) {
    if (filter.trash) add('EXISTS (SELECT 1 FROM json_each(scenarios.tags) WHERE value = ?)', tag)
    else add('scenarios.key IN (SELECT key FROM scenario_tags WHERE tag = ?)', tag)
  }
  if (filter.favourite !== undefined) add('scenarios.favourite = ?', filter.favourite ? 1 : 0)
  if (filter.needAtMost !== undefined) add('scenarios.need_bytes <= ?', filter.needAtMost)
  if (filter.updatedSince !== undefined) add('scenarios.updated_at >= ?', filter.updatedSince)
  return conditions
}

const sqlOf = (conditions: readonly Condition[]): string => conditions.map(({ sql }) => sql).join(' AND ')
const valuesOf = (conditions: readonly Condition[]): unknown[] => conditions.flatMap(({ values }) => values)
