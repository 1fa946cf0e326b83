import type { Database, Driver } from './driver.ts'
import { freeName } from './freeName.ts'

/** Of a table: rows by column name. */
type Row<T = Record<string, unknown>> = T & { readonly id: string }

interface Scenario {
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

interface Revision {
  scenario_id: string
  number: number
  name: string
  plan: string
  target: string
  need_bytes: number | null
  saved_at: string
}

interface Machine {
  name: string
  machine: string
  created_at: string
  updated_at: string
}

interface Run {
  scenario_id: string
  run: string
  points: string
  started_at: string
  created_at: string
}

/**
 * Adds to the library what can still be read from a damaged file: scenarios and machines that are newer there, and measured
 * runs of scenarios that are left. Returns the number of scenarios.
 */
export function salvage (driver: Driver, damagedFile: string, db: Database): number {
  let damaged: Database
  try {
    damaged = new driver(damagedFile, { readonly: true, fileMustExist: true })
  } catch {
    return 0
  }
  try {
    const [scenarios, machines, runs] = [readable<Scenario>(damaged, 'scenarios'), readable<Machine>(damaged, 'machines'), readable<Run>(damaged, 'measured_runs')]
    const revisions = readableRevisions(damaged)
    return db.transaction(() => {
      const adopted = scenarios.filter(row => adoptScenario(db, row)).length
      for (const row of machines) adoptMachine(db, row)
      for (const row of revisions) adoptRevision(db, row)
      for (const row of runs) adoptRun(db, row)
      return adopted
    }).immediate()
  } finally {
    damaged.close()
  }
}

type Table = 'scenarios' | 'machines' | 'measured_runs'

/** Rows from both ends up to the first broken page; none of a table that the file does not have. */
function readable<T> (damaged: Database, table: Table): Row<T>[] {
  const rows = new Map<string, Row<T>>()
  for (const order of ['ASC', 'DESC'] as const) {
    try {
      for (const row of damaged.prepare<[], Row<T>>(`SELECT * FROM ${table} NOT INDEXED ORDER BY rowid ${order}`).iterate()) rows.set(row.id, row)
    } catch {
      // The damage begins here; the other direction brings what lies behind it.
    }
  }
  return [...rows.values()]
}

/** Times are ISO 8601 in UTC, so text order is time order. */
const changedAt = (row: Pick<Scenario, 'updated_at' | 'deleted_at'>): string =>
  row.deleted_at !== null && row.deleted_at > row.updated_at ? row.deleted_at : row.updated_at

/** Updated in place: replacing the row would take its measured runs with it. */
function adoptScenario (db: Database, row: Row<Scenario>): boolean {
  const known = db.prepare<[string], Pick<Scenario, 'updated_at' | 'deleted_at'>>('SELECT updated_at, deleted_at FROM scenarios WHERE id = ?').get(row.id)
  if (known && changedAt(known) >= changedAt(row)) return false
  return keepsRules(() => {
    const name = row.deleted_at === null ? freeName(db, row.name, row.id) : row.name
    db.prepare(`
      INSERT INTO scenarios (id, name, plan, plan_version, target, notes, tags, favourite, model, family, algorithm, method, need_bytes, created_at, updated_at, deleted_at)
      VALUES (@id, @name, @plan, @plan_version, @target, @notes, @tags, @favourite, @model, @family, @algorithm, @method, @need_bytes, @created_at, @updated_at, @deleted_at)
      ON CONFLICT (id) DO UPDATE SET name = excluded.name, plan = excluded.plan, plan_version = excluded.plan_version, target = excluded.target,
        notes = excluded.notes, tags = excluded.tags, favourite = excluded.favourite, model = excluded.model, family = excluded.family,
        algorithm = excluded.algorithm, method = excluded.method, need_bytes = excluded.need_bytes,
        created_at = excluded.created_at, updated_at = excluded.updated_at, deleted_at = excluded.deleted_at
    `).run({ notes: '', tags: '[]', favourite: 0, family: null, need_bytes: null, ...shownOf(row), ...row, name })
  })
}

/** What lists show of a scenario of the first versions. */
function shownOf ({ plan }: Row<Scenario>): Pick<Scenario, 'model' | 'algorithm' | 'method'> {
  const { model, algorithm, method } = JSON.parse(plan) as { model?: { id?: string, name?: string }, algorithm?: string, method?: { kind?: string } }
  return { model: model?.id ?? model?.name ?? '?', algorithm: algorithm ?? 'sft', method: method?.kind ?? '?' }
}

/** Revisions of scenarios that are left; their numbers say which is newer. */
const adoptRevision = (db: Database, row: Revision): boolean => keepsRules(() => {
  db.prepare('INSERT OR IGNORE INTO revisions (scenario_id, number, name, plan, target, need_bytes, saved_at) VALUES (@scenario_id, @number, @name, @plan, @target, @need_bytes, @saved_at)').run(row)
})

function readableRevisions (damaged: Database): Revision[] {
  const rows: Revision[] = []
  try {
    for (const row of damaged.prepare<[], Revision>('SELECT * FROM revisions').iterate()) rows.push(row)
  } catch {
    // No such table in files of the first versions; else the damage begins here.
  }
  return rows
}

function adoptMachine (db: Database, row: Row<Machine>): boolean {
  const known = db.prepare<[string], Pick<Machine, 'updated_at'>>('SELECT updated_at FROM machines WHERE id = ?').get(row.id)
  if (known && known.updated_at >= row.updated_at) return false
  return keepsRules(() => {
    db.prepare('INSERT OR REPLACE INTO machines (id, name, machine, created_at, updated_at) VALUES (@id, @name, @machine, @created_at, @updated_at)').run(row)
  })
}

/** A measured run never changes. */
const adoptRun = (db: Database, row: Row<Run>): boolean => keepsRules(() => {
  db.prepare('INSERT OR IGNORE INTO measured_runs (id, scenario_id, run, points, started_at, created_at) VALUES (@id, @scenario_id, @run, @points, @started_at, @created_at)').run(row)
})

/** False when a row breaks its table's own rules: then it is damage. */
function keepsRules (insert: () => void): boolean {
  try {
    insert()
    return true
  } catch (error) {
    if (String((error as { code?: unknown }).code).startsWith('SQLITE_CONSTRAINT')) return false
    throw error
  }
}
