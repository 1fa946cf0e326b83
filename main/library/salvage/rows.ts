import type { Database } from '../driver.ts'
import { readPages } from './pages.ts'
import { records, type Value } from './records.ts'

/* The rows of each table as they stand in a library file, of whichever version. */

export interface ScenarioRow {
  id: string
  name: string
  plan: string
  plan_version: number
  target: string
  created_at: string
  updated_at: string
  deleted_at: string | null
  /* Absent in files of the first versions. */
  notes?: string
  tags?: string
  favourite?: number
  model?: string
  family?: string | null
  algorithm?: string
  method?: string
  need_bytes?: number | null
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

type Table = keyof Rows

const STORED: Readonly<Record<Table, { readonly name: string, readonly order: string }>> = {
  scenarios: { name: 'scenarios NOT INDEXED', order: 'rowid' },
  revisions: { name: 'revisions', order: 'scenario_id' },
  machines: { name: 'machines NOT INDEXED', order: 'rowid' },
  runs: { name: 'measured_runs NOT INDEXED', order: 'rowid' }
}

/** What SQLite still reads: rows from both ends up to the first broken page. `whole` when nothing was in its way. */
export function reachableRows (db: Database): { rows: Rows, whole: boolean } {
  let whole = true
  const read = <T>(table: Table): T[] => {
    const { name, order } = STORED[table]
    const rows = new Map<string, T>()
    for (const direction of ['ASC', 'DESC']) {
      try {
        for (const row of db.prepare<[], T & Partial<RevisionRow> & { id?: string }>(`SELECT * FROM ${name} ORDER BY ${order} ${direction}`).iterate()) {
          rows.set(row.id ?? `${row.scenario_id} ${row.number}`, row)
        }
      } catch (error) {
        // The damage begins here; the other direction brings what lies behind it. The first versions lack some tables.
        if (!/no such table/.test((error as Error).message)) whole = false
      }
    }
    return [...rows.values()]
  }
  return { rows: { scenarios: read('scenarios'), revisions: read('revisions'), machines: read('machines'), runs: read('runs') }, whole }
}

/** What stands in the pages themselves, told apart by its form: also where the way to a page, or the schema, is lost. */
export function rowsInPages (file: string): Rows {
  const rows: Rows = { scenarios: [], revisions: [], machines: [], runs: [] }
  for (const values of records(readPages(file))) sort(values, rows)
  return rows
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

const isId = (value: Value | undefined): value is string => typeof value === 'string' && UUID.test(value)
const isText = (value: Value | undefined): value is string => typeof value === 'string'
const isJson = (value: Value | undefined, opening: '{' | '['): value is string => typeof value === 'string' && value.startsWith(opening)

function sort (values: readonly Value[], { scenarios, revisions, machines, runs }: Rows): void {
  const [a, b, c, d, e, f, g, h] = values
  if (!isId(a)) return
  if (values.length === 7 && typeof b === 'number' && isText(c) && isJson(d, '{') && isText(e) && isText(g)) {
    revisions.push({ scenario_id: a, number: b, name: c, plan: d, target: e, need_bytes: numberOf(f), saved_at: g })
  } else if (values.length === 6 && isId(b) && isJson(c, '{') && isJson(d, '[') && isText(e) && isText(f)) {
    runs.push({ id: a, scenario_id: b, run: c, points: d, started_at: e, created_at: f })
  } else if (values.length === 5 && isText(b) && isJson(c, '{') && isText(d) && isText(e)) {
    machines.push({ id: a, name: b, machine: c, created_at: d, updated_at: e })
  } else if (values.length >= 8 && isText(b) && isJson(c, '{') && typeof d === 'number' && isText(e) && isText(f) && isText(g) && (h === null || isText(h))) {
    scenarios.push({ id: a, name: b, plan: c, plan_version: d, target: e, created_at: f, updated_at: g, deleted_at: h, ...remarksOf(values) })
  }
}

/** The columns that version 3 added. */
function remarksOf (values: readonly Value[]): Partial<ScenarioRow> {
  const [notes, tags, favourite, model, family, algorithm, method, need] = values.slice(8)
  if (!isText(notes) || !isText(tags) || typeof favourite !== 'number' || !isText(model) || !isText(algorithm) || !isText(method)) return {}
  return { notes, tags, favourite, model, family: isText(family) ? family : null, algorithm, method, need_bytes: numberOf(need) }
}

const numberOf = (value: Value | undefined): number | null => typeof value === 'number' ? value : null
