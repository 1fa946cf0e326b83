import type { Database } from '../driver.ts'
import { freeName } from '../freeName.ts'
import type { MachineRow, RevisionRow, RunRow, ScenarioRow } from './rows.ts'

/* Rows of a damaged file into the library that takes its place. Each says whether it changed something. */

type Times = Pick<ScenarioRow, 'updated_at' | 'deleted_at'>

/** Times are ISO 8601 in UTC, so text order is time order. */
const changedAt = (row: Times): string => row.deleted_at !== null && row.deleted_at > row.updated_at ? row.deleted_at : row.updated_at

/** Updated in place: replacing the row would take its saved states and measured runs with it. */
export function adoptScenario (db: Database, row: ScenarioRow): boolean {
  const known = db.prepare<[string], Times>('SELECT updated_at, deleted_at FROM scenarios WHERE id = ?').get(row.id)
  if (known && changedAt(known) >= changedAt(row)) return false
  return keepsRules(() => {
    const name = row.deleted_at === null ? freeName(db, row.name, row.id) : row.name
    const columns = { notes: '', tags: '[]', favourite: 0, model: '?', family: null, algorithm: 'sft', method: '?', need_bytes: null, ...row.plan === undefined ? {} : shownOf(row.plan), ...row }
    db.prepare(`
      INSERT INTO scenarios (id, name, plan_version, model, family, algorithm, method, need_bytes, need_pending, tags, favourite, created_at, updated_at, deleted_at, notes)
      VALUES (@id, @name, @plan_version, @model, @family, @algorithm, @method, @need_bytes, @pending, @tags, @favourite, @created_at, @updated_at, @deleted_at, @notes)
      ON CONFLICT (id) DO UPDATE SET name = excluded.name, plan_version = excluded.plan_version, model = excluded.model, family = excluded.family,
        algorithm = excluded.algorithm, method = excluded.method, need_bytes = excluded.need_bytes, need_pending = excluded.need_pending, tags = excluded.tags,
        favourite = excluded.favourite, created_at = excluded.created_at, updated_at = excluded.updated_at, deleted_at = excluded.deleted_at, notes = excluded.notes
    `).run({ ...columns, name, pending: columns.need_bytes === null ? 1 : 0 })
  })
}

/** What lists show of a plan. */
function shownOf (plan: string): { model: string, algorithm: string, method: string, plan_version: number } {
  const { version, model, algorithm, method } = JSON.parse(plan) as { version?: number, model?: { id?: string, name?: string }, algorithm?: string, method?: { kind?: string } }
  return { model: model?.id ?? model?.name ?? '?', algorithm: algorithm ?? 'sft', method: method?.kind ?? '?', plan_version: version ?? 1 }
}

/**
 * The saved states of one scenario beside those that are there. Where the scenario itself could not be read, or only as an older
 * backup had it, the newest state stands in for it: its notes and tags are lost then, its plan is not.
 */
export function adoptRevisions (db: Database, id: string, rows: readonly RevisionRow[]): boolean {
  const newest = rows.toSorted((a, b) => a.saved_at < b.saved_at ? 1 : -1)[0]!
  const changed = adoptNewest(db, newest)
  if (db.prepare('SELECT 1 FROM scenarios WHERE id = ?').get(id) === undefined) return false
  const there = db.prepare<[string], RevisionRow>('SELECT scenario_id, number, name, plan, target, need_bytes, saved_at FROM revisions WHERE scenario_id = ?').all(id)
  const states = new Map([...there, ...rows].map(row => [`${row.number} ${row.saved_at} ${row.plan}`, row]))
  if (states.size === there.length) return changed
  db.prepare('DELETE FROM revisions WHERE scenario_id = ?').run(id)
  const insert = db.prepare('INSERT INTO revisions (scenario_id, number, name, plan, target, need_bytes, saved_at) VALUES (@scenario_id, @number, @name, @plan, @target, @need_bytes, @saved_at)')
  const ordered = [...states.values()].toSorted((a, b) => a.saved_at === b.saved_at ? a.number - b.number : a.saved_at < b.saved_at ? -1 : 1)
  // Two histories may have given out the same number.
  const numbered = new Set(ordered.map(({ number }) => number)).size === ordered.length ? ordered : ordered.map((row, n) => ({ ...row, number: n + 1 }))
  for (const row of numbered) keepsRules(() => { insert.run(row) })
  return changed
}

function adoptNewest (db: Database, row: RevisionRow): boolean {
  const known = db.prepare<[string], Times>('SELECT updated_at, deleted_at FROM scenarios WHERE id = ?').get(row.scenario_id)
  if (known && known.updated_at >= row.saved_at) return false
  return keepsRules(() => {
    const shown = shownOf(row.plan)
    if (!known) {
      adoptScenario(db, { ...shown, id: row.scenario_id, name: row.name, need_bytes: row.need_bytes, created_at: row.saved_at, updated_at: row.saved_at, deleted_at: null })
      return
    }
    const name = known.deleted_at === null ? freeName(db, row.name, row.scenario_id) : row.name
    db.prepare('UPDATE scenarios SET name = @name, plan_version = @plan_version, model = @model, algorithm = @algorithm, method = @method, need_bytes = @need_bytes, updated_at = @saved_at WHERE id = @scenario_id')
      .run({ ...row, ...shown, name })
  })
}

export function adoptMachine (db: Database, row: MachineRow): boolean {
  const known = db.prepare<[string], Pick<MachineRow, 'updated_at'>>('SELECT updated_at FROM machines WHERE id = ?').get(row.id)
  if (known && known.updated_at >= row.updated_at) return false
  return keepsRules(() => {
    db.prepare('INSERT OR REPLACE INTO machines (id, name, machine, created_at, updated_at) VALUES (@id, @name, @machine, @created_at, @updated_at)').run(row)
  })
}

/** A measured run never changes. */
export const adoptRun = (db: Database, row: RunRow): boolean => keepsRules(() => {
  db.prepare('INSERT OR IGNORE INTO measured_runs (id, scenario_id, run, points, started_at, created_at) VALUES (@id, @scenario_id, @run, @points, @started_at, @created_at)').run(row)
})

/** False when a row breaks its table's own rules, or is no JSON: then it is damage. */
function keepsRules (insert: () => void): boolean {
  try {
    insert()
    return true
  } catch (error) {
    if (error instanceof SyntaxError || String((error as { code?: unknown }).code).startsWith('SQLITE_CONSTRAINT')) return false
    throw error
  }
}
