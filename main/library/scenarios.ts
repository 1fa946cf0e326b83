import { randomUUID } from 'node:crypto'
import type { Scenario, ScenarioDraft, ScenarioSummary } from '#shared/contract/index.ts'
import { serializePlan } from '#shared/plan/index.ts'
import type { Database } from './driver.ts'
import { freeName } from './freeName.ts'
import { LibraryError } from './libraryError.ts'
import { listed } from './listed.ts'
import { addRevision } from './revisions.ts'
import { read, requireRow, summarize } from './row.ts'

export function openScenario (db: Database, id: string): Scenario {
  return read(requireRow(db, id))
}

/**
 * Creates when `id` is null, else replaces; either way the state becomes a revision. When it returns, the scenario is on the
 * disk. `needBytes` as the caller estimated it, null when there is no estimate; left out, it is estimated later.
 */
export function saveScenario (db: Database, id: string | null, { name, plan, target }: ScenarioDraft, now: Date, needBytes?: number | null): Scenario {
  const state = { name, plan: serializePlan(plan), target: JSON.stringify(target), need: needBytes === undefined || needBytes === null ? null : Math.round(needBytes), now: now.toISOString() }
  const columns = { ...listed(plan), name, version: plan.version, need: state.need, pending: needBytes === undefined ? 1 : 0, now: state.now }
  return db.transaction(() => {
    if (id !== null) requireRow(db, id)
    refuseTakenName(db, name, id)
    const saved = id ?? randomUUID()
    db.prepare(id === null
      ? `INSERT INTO scenarios (id, name, plan_version, model, family, algorithm, method, need_bytes, need_pending, created_at, updated_at)
         VALUES (@id, @name, @version, @model, @family, @algorithm, @method, @need, @pending, @now, @now)`
      : `UPDATE scenarios SET name = @name, plan_version = @version, model = @model, family = @family, algorithm = @algorithm, method = @method,
           need_bytes = @need, need_pending = @pending, updated_at = @now WHERE id = @id`).run({ ...columns, id: saved })
    addRevision(db, saved, state)
    return read(requireRow(db, saved))
  }).immediate()
}

export function renameScenario (db: Database, id: string, name: string, now: Date): ScenarioSummary {
  return db.transaction(() => {
    const { plan, target, need_bytes: need } = requireRow(db, id)
    refuseTakenName(db, name, id)
    db.prepare('UPDATE scenarios SET name = ?, updated_at = ? WHERE id = ?').run(name, now.toISOString(), id)
    if (plan !== null && target !== null) addRevision(db, id, { name, plan, target, need, now: now.toISOString() })
    return summarize(requireRow(db, id))
  }).immediate()
}

/** Moves it to the trash. */
export function deleteScenario (db: Database, id: string, now: Date): void {
  db.transaction(() => {
    requireRow(db, id)
    db.prepare('UPDATE scenarios SET deleted_at = ? WHERE id = ?').run(now.toISOString(), id)
  }).immediate()
}

/** Takes it out of the trash, under a numbered name when its own has been taken meanwhile. Restoring twice is no error. */
export function restoreScenario (db: Database, id: string, now: Date): ScenarioSummary {
  return db.transaction(() => {
    const row = db.prepare<[string], { name: string }>('SELECT name FROM scenarios WHERE id = ? AND deleted_at IS NOT NULL').get(id)
    if (row) {
      db.prepare('UPDATE scenarios SET deleted_at = NULL, name = ?, updated_at = ? WHERE id = ?').run(freeName(db, row.name, id), now.toISOString(), id)
    }
    return summarize(requireRow(db, id))
  }).immediate()
}

/** Removes what is in the trash for good, with its history and measured runs; null: all of it. Returns how many. */
export function purgeScenarios (db: Database, ids: readonly string[] | null): number {
  return db.transaction(() => {
    if (ids === null) return db.prepare('DELETE FROM scenarios WHERE deleted_at IS NOT NULL').run().changes
    const remove = db.prepare('DELETE FROM scenarios WHERE id = ? AND deleted_at IS NOT NULL')
    return ids.reduce((removed, id) => removed + remove.run(id).changes, 0)
  }).immediate()
}

function refuseTakenName (db: Database, name: string, id: string | null): void {
  const suggestion = freeName(db, name, id)
  if (suggestion !== name) {
    throw new LibraryError('name-taken', `A scenario named "${name}" exists already. Choose another name, for example "${suggestion}".`, { name, suggestion })
  }
}
