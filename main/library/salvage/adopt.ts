import type { Database } from '../driver.ts'
import { freeName } from '../freeName.ts'
import type { MachineRow, RevisionRow, RunRow, ScenarioRow } from './rows.ts'

/* Rows of a damaged file into the library that takes its place. Each says whether it changed something. */

type Times = Pick<ScenarioRow, 'updated_at' | 'deleted_at'>

/** Times are ISO 8601 in UTC, so text order is time order. */
const changedAt = (row: Times): string => row.deleted_at !== null && row.deleted_at > row.updated_at ? row.deleted_at : row.updated_at

/** Updated in place: replacing the row would take its measured runs with it. */
export function adoptScenario (db: Database, row: ScenarioRow): boolean {
  const known = db.prepare<[string], Times>('SELECT updated_at, deleted_at FROM scenarios WHERE id = ?').get(row.id)
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
    `).run({ notes: '', tags: '[]', favourite: 0, family: null, need_bytes: null, ...shownOf(row.plan), ...row, name })
  })
}

/** What lists show of a scenario that comes without it. */
function shownOf (plan: string): { model: string, algorithm: string, method: string, plan_version: number } {
  const { version, model, algorithm, method } = JSON.parse(plan) as { version?: number, model?: { id?: string, name?: string }, algorithm?: string, method?: { kind?: string } }
  return { model: model?.id ?? model?.name ?? '?', algorithm: algorithm ?? 'sft', method: method?.kind ?? '?', plan_version: version ?? 1 }
}

/**
 * A state of a scenario. Where the scenario itself could not be read, or only as an older backup had it, its newest state
 * stands in for it: notes and tags are lost then, the plan is not.
 */
export function adoptRevision (db: Database, row: RevisionRow): boolean {
  const known = db.prepare<[string], Times>('SELECT updated_at, deleted_at FROM scenarios WHERE id = ?').get(row.scenario_id)
  let changed = false
  if (!known) {
    changed = adoptScenario(db, { id: row.scenario_id, name: row.name, plan: row.plan, target: row.target, need_bytes: row.need_bytes, created_at: row.saved_at, updated_at: row.saved_at, deleted_at: null, plan_version: 1, ...shownOf(row.plan) })
    if (!changed) return false
  } else if (known.updated_at < row.saved_at) {
    changed = keepsRules(() => {
      const name = known.deleted_at === null ? freeName(db, row.name, row.scenario_id) : row.name
      db.prepare('UPDATE scenarios SET name = @name, plan = @plan, plan_version = @plan_version, target = @target, model = @model, algorithm = @algorithm, method = @method, need_bytes = @need_bytes, updated_at = @saved_at WHERE id = @scenario_id')
        .run({ ...row, ...shownOf(row.plan), name })
    })
  }
  keepsRules(() => {
    db.prepare('INSERT OR IGNORE INTO revisions (scenario_id, number, name, plan, target, need_bytes, saved_at) VALUES (@scenario_id, @number, @name, @plan, @target, @need_bytes, @saved_at)').run(row)
  })
  return changed
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
