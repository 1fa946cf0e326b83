import type { ScenarioPage, ScenarioQuery } from '#shared/contract/index.ts'
import type { Database } from './driver.ts'
import { SELECT_ROW, summarize, type Row } from './row.ts'
import { searchFor, type Search } from './search.ts'

/** Counting stops here: nobody pages further, and counting all of a large library takes longer than showing a page. */
const COUNTED = 10_000

/** So many scenarios are gone through for each of a page before its matches are picked out of all matches instead. */
const STEPS = 10

export interface Condition { readonly sql: string, readonly values: readonly unknown[] }

type Filter = ScenarioQuery['filter']

const SORT: Readonly<Record<ScenarioQuery['sort'], string>> = {
  updated: 'scenarios.updated_at', created: 'scenarios.created_at', name: 'scenarios.name COLLATE NOCASE', need: 'scenarios.need_bytes'
}

/** A page of scenarios, or of the trash. Words must all occur, in any of the texts. */
export function queryScenarios (db: Database, query: ScenarioQuery): ScenarioPage {
  const search = searchFor(db, query.text)
  const filters = filterConditions(query.filter)
  const total = count(db, query.filter, search, filters)
  const keys = query.offset >= total && total <= COUNTED ? [] : pageKeys(db, query, search, filters, total > COUNTED)
  const rows = keys.length === 0 ? [] : db.prepare<[string], Row>(`${SELECT_ROW} WHERE scenarios.key IN (SELECT value FROM json_each(?))`).all(JSON.stringify(keys))
  const place = new Map(keys.map((key, n) => [key, n]))
  return {
    rows: rows.toSorted((a, b) => place.get(a.key)! - place.get(b.key)!).map(summarize),
    total: Math.min(total, COUNTED),
    isMore: total > COUNTED
  }
}

const MATCHING = 'scenario_text CROSS JOIN scenarios ON scenarios.key = scenario_text.rowid WHERE scenario_text MATCH ? AND'

function count (db: Database, filter: Filter, { match, likes }: Search, filters: readonly Condition[]): number {
  const conditions = [...filters, ...likes]
  const from = match === null ? `scenarios ${likes.length > 0 ? 'NOT INDEXED' : `INDEXED BY ${narrowest(filter, filters)}`} WHERE` : MATCHING
  return db.prepare<unknown[], number>(`SELECT count(*) FROM (SELECT 1 FROM ${from} ${sqlOf(conditions)} LIMIT ${COUNTED + 1})`).pluck()
    .get(...match === null ? [] : [match], ...valuesOf(conditions))!
}

/** The index that has all that the filters ask for. */
function narrowest (filter: Filter, filters: readonly Condition[]): string {
  if (filter.trash) return 'scenarios_trash'
  return filters.length > 1 ? 'scenarios_facets' : 'scenarios_updated'
}

/** A page. Of many matches it is met soon along the order; of few it is quicker to put all in order. */
function pageKeys (db: Database, query: ScenarioQuery, { match, likes, walk }: Search, filters: readonly Condition[], isMore: boolean): number[] {
  const conditions = [...filters, ...likes]
  const [where, values, order] = [sqlOf(conditions), valuesOf(conditions), orderOf(query)]
  const { limit, offset } = query
  const keys = (sql: string, ...more: unknown[]): number[] => db.prepare<unknown[], number>(`${sql} LIMIT ? OFFSET ?`).pluck().all(...more, limit, offset)
  if (match === null) return keys(`SELECT scenarios.key FROM scenarios WHERE ${where} ${order}`, ...values)
  if (isMore && walk !== null) {
    const met = keys(`
      SELECT scenarios.key FROM (SELECT key AS near FROM scenarios WHERE ${where} ${order} LIMIT ${STEPS * (limit + offset)}) CROSS JOIN scenarios ON scenarios.key = near
      WHERE ${sqlOf(walk)}`, ...values, ...valuesOf(walk))
    if (met.length === limit) return met
  }
  return keys(`SELECT scenarios.key FROM ${MATCHING} ${where} ${order}`, match, ...values)
}

/** Without an estimate comes last, whichever way. */
function orderOf ({ filter, sort, descending }: ScenarioQuery): string {
  const column = filter.trash && sort === 'updated' ? 'scenarios.deleted_at' : SORT[sort]
  return `ORDER BY ${column} ${descending ? 'DESC' : sort === 'need' ? 'ASC NULLS LAST' : 'ASC'}, scenarios.key ${descending ? 'DESC' : 'ASC'}`
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
