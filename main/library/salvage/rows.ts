import type { Database } from '../driver.ts'
import { readPages } from './pages.ts'
import { records, type Value } from './records.ts'

/* The rows of each table as they stand in a library file, of whichever version. */

export interface ScenarioRow {
  id: string
  name: string
  plan_version: number
  created_at: string
  updated_at: string
  deleted_at: string | null
  /* The plan stood in the row itself in the first two versions. */
  plan?: string
  target?: string
  /* Since version 3. */
  model?: string
  family?: string | null
  algorithm?: string
  method?: string
  need_bytes?: number | null
  tags?: string
  favourite?: number
  notes?: string
}

export interface RevisionRow { scenario_id: string, number: number, name: string, plan: string, target: string, need_bytes: number | null, saved_at: string }
export interface MachineRow { id: string, name: string, machine: string, created_at: string, updated_at: string }
export interface RunRow { id: string, scenario_id: string, run: string, points: string, started_at: string, created_at: string }

export interface Rows {
  readonly scenarios: ScenarioRow[]
  readonly revisions: RevisionRow[]
  readonly machines: MachineRow[]
  readonly runs: RunRow[]
}

const STORED = { scenarios: 'scenarios', revisions: 'revisions', machines: 'machines', runs: 'measured_runs' } as const satisfies Record<keyof Rows, string>

/** What SQLite still reads: rows from both ends up to the first broken page. `whole` when nothing was in its way. */
export function reachableRows (db: Database): { rows: Rows, whole: boolean } {
  let whole = true
  const read = <T>(table: keyof Rows): T[] => {
    const rows = new Map<number, T>()
    for (const direction of ['ASC', 'DESC']) {
      try {
        for (const row of db.prepare<[], T & { place: number }>(`SELECT rowid AS place, * FROM ${STORED[table]} NOT INDEXED ORDER BY rowid ${direction}`).iterate()) rows.set(row.place, row)
        break
      } catch (error) {
        // The damage begins here; the other direction brings what lies behind it. The first versions lack some tables.
        if (/no such table/.test((error as Error).message)) break
        whole = false
      }
    }
    return [...rows.values()]
  }
  return { rows: withFirstStates({ scenarios: read('scenarios'), revisions: read('revisions'), machines: read('machines'), runs: read('runs') }), whole }
}

/** What stands in the pages themselves, told apart by its form: also where the way to a page, or the schema, is lost. */
export function rowsInPages (file: string): Rows {
  const rows: Rows = { scenarios: [], revisions: [], machines: [], runs: [] }
  for (const values of records(readPages(file))) sort(values, rows)
  return withFirstStates(rows)
}

/** A plan that stood in its scenario's row is its first saved state. */
function withFirstStates (rows: Rows): Rows {
  const first = rows.scenarios.flatMap(({ id, name, plan, target, updated_at }): RevisionRow[] =>
    plan === undefined || target === undefined ? [] : [{ scenario_id: id, number: 1, name, plan, target, need_bytes: null, saved_at: updated_at }])
  return { ...rows, revisions: [...rows.revisions, ...first] }
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

const isId = (value: Value | undefined): value is string => typeof value === 'string' && UUID.test(value)
const isText = (value: Value | undefined): value is string => typeof value === 'string'
const isNumber = (value: Value | undefined): value is number => typeof value === 'number'
const isTime = (value: Value | undefined): value is string | null => value === null || typeof value === 'string'
const isJson = (value: Value | undefined, opening: '{' | '['): value is string => typeof value === 'string' && value.startsWith(opening)
const numberOf = (value: Value | undefined): number | null => typeof value === 'number' ? value : null

function sort (values: readonly Value[], { scenarios, revisions, machines, runs }: Rows): void {
  const [a, b, c, d, e, f, g, h] = values
  // Tables with a key of their own keep it outside the record.
  if (a === null && isId(b)) {
    if (values.length === 8 && isNumber(c) && isText(d) && isJson(e, '{') && isText(f) && isText(h)) {
      revisions.push({ scenario_id: b, number: c, name: d, plan: e, target: f, need_bytes: numberOf(g), saved_at: h })
    } else {
      scenarios.push(...keyedScenario(values))
    }
  } else if (isId(a)) {
    if (values.length === 6 && isId(b) && isJson(c, '{') && isJson(d, '[') && isText(e) && isText(f)) {
      runs.push({ id: a, scenario_id: b, run: c, points: d, started_at: e, created_at: f })
    } else if (values.length === 5 && isText(b) && isJson(c, '{') && isText(d) && isText(e)) {
      machines.push({ id: a, name: b, machine: c, created_at: d, updated_at: e })
    } else if (values.length === 8 && isText(b) && isJson(c, '{') && isNumber(d) && isText(e) && isText(f) && isText(g) && isTime(h ?? null)) {
      scenarios.push({ id: a, name: b, plan: c, plan_version: d, target: e, created_at: f, updated_at: g, deleted_at: isText(h) ? h : null })
    }
  }
}

/** As version 3 keeps it. */
function keyedScenario (values: readonly Value[]): ScenarioRow[] {
  const [, id, name, version, model, family, algorithm, method, need, , tags, favourite, created, updated, deleted, notes] = values
  if (values.length !== 16 || !isId(id) || !isText(name) || !isNumber(version) || !isText(model) || !isText(algorithm) || !isText(method) || !isJson(tags, '[')) return []
  if (!isNumber(favourite) || !isText(created) || !isText(updated) || !isText(notes)) return []
  return [{
    id, name, plan_version: version, model, family: isText(family) ? family : null, algorithm, method, need_bytes: numberOf(need), tags, favourite,
    created_at: created, updated_at: updated, deleted_at: isText(deleted) ? deleted : null, notes
  }]
}
