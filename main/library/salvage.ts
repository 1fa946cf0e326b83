import type { Database, Driver } from './driver.ts'
import { freeName } from './freeName.ts'

interface Row {
  id: string
  name: string
  plan: string
  plan_version: number
  target: string
  created_at: string
  updated_at: string
  deleted_at: string | null
}

/** Adds to the library every scenario that can still be read from a damaged file and is newer there. Returns their number. */
export function salvage (driver: Driver, damagedFile: string, db: Database): number {
  let damaged: Database
  try {
    damaged = new driver(damagedFile, { readonly: true, fileMustExist: true })
  } catch {
    return 0
  }
  try {
    const rows = new Map([...readable(damaged, 'ASC'), ...readable(damaged, 'DESC')].map(row => [row.id, row]))
    return db.transaction(() => [...rows.values()].filter(row => adopt(db, row)).length).immediate()
  } finally {
    damaged.close()
  }
}

/** Rows from one end up to the first broken page. */
function readable (damaged: Database, order: 'ASC' | 'DESC'): Row[] {
  const rows: Row[] = []
  try {
    for (const row of damaged.prepare<[], Row>(`SELECT * FROM scenarios NOT INDEXED ORDER BY rowid ${order}`).iterate()) rows.push(row)
  } catch {
    // The damage begins here; the other direction brings what lies behind it.
  }
  return rows
}

/** Times are ISO 8601 in UTC, so text order is time order. */
const changedAt = (row: Pick<Row, 'updated_at' | 'deleted_at'>): string =>
  row.deleted_at !== null && row.deleted_at > row.updated_at ? row.deleted_at : row.updated_at

function adopt (db: Database, row: Row): boolean {
  const known = db.prepare<[string], Pick<Row, 'updated_at' | 'deleted_at'>>('SELECT updated_at, deleted_at FROM scenarios WHERE id = ?').get(row.id)
  if (known && changedAt(known) >= changedAt(row)) return false
  try {
    const name = row.deleted_at === null ? freeName(db, row.name, row.id) : row.name
    db.prepare(`
      INSERT OR REPLACE INTO scenarios (id, name, plan, plan_version, target, created_at, updated_at, deleted_at)
      VALUES (@id, @name, @plan, @plan_version, @target, @created_at, @updated_at, @deleted_at)
    `).run({ ...row, name })
    return true
  } catch (error) {
    // A row that breaks the table's own rules is damage, not a scenario.
    if (String((error as { code?: unknown }).code).startsWith('SQLITE_CONSTRAINT')) return false
    throw error
  }
}
