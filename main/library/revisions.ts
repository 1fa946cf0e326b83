import type { Revision, Scenario, ScenarioDraft } from '#shared/contract/index.ts'
import { parsePlanText } from '#shared/plan/index.ts'
import type { Database } from './driver.ts'
import { LibraryError } from './libraryError.ts'
import { readTarget, requireRow, stateOf } from './row.ts'
import { saveScenario } from './scenarios.ts'

interface Row { number: number, name: string, plan: string, target: string, need_bytes: number | null, saved_at: string }

/** Every saved state of a scenario, newest first. */
export function listRevisions (db: Database, id: string): Revision[] {
  requireRow(db, id)
  return db.prepare<[string], Row>('SELECT number, name, need_bytes, saved_at FROM revisions WHERE scenario_id = ? ORDER BY number DESC').all(id)
    .map(row => ({ number: row.number, name: row.name, savedAt: row.saved_at, needBytes: row.need_bytes }))
}

/** One saved state; throws what keeps it from being read. */
export function openRevision (db: Database, id: string, number: number): ScenarioDraft {
  requireRow(db, id)
  const row = db.prepare<[string, number], Row>('SELECT * FROM revisions WHERE scenario_id = ? AND number = ?').get(id, number)
  if (!row) throw new LibraryError('not-found', `No revision ${number} of scenario ${id}.`, { id })
  const plan = parsePlanText(row.plan)
  const target = readTarget(row.target)
  if (!plan.ok || !target) {
    const problems = plan.ok ? [] : plan.problems
    throw new LibraryError('scenario-unreadable', `Revision ${number} of "${row.name}" cannot be read by this version. It is kept unchanged.`, { id, state: stateOf(problems), problems })
  }
  return { name: row.name, plan: plan.value, target }
}

/** Makes an earlier state the present one, as a new revision. The scenario keeps its present name. */
export function revert (db: Database, id: string, number: number, now: Date): Scenario {
  const { plan, target } = openRevision(db, id, number)
  const need = db.prepare<[string, number], number | null>('SELECT need_bytes FROM revisions WHERE scenario_id = ? AND number = ?').pluck().get(id, number)
  return saveScenario(db, id, { name: requireRow(db, id).name, plan, target }, now, need ?? undefined)
}

/** Adds the state as the newest revision, unless it is the newest already. Runs inside the save's transaction. */
export function addRevision (db: Database, id: string, state: { name: string, plan: string, target: string, need: number | null, now: string }): void {
  const newest = db.prepare<[string], Row>('SELECT number, name, plan, target FROM revisions WHERE scenario_id = ? ORDER BY number DESC LIMIT 1').get(id)
  if (newest && newest.name === state.name && newest.plan === state.plan && newest.target === state.target) return
  db.prepare('INSERT INTO revisions (scenario_id, number, name, plan, target, need_bytes, saved_at) VALUES (@id, @number, @name, @plan, @target, @need, @now)')
    .run({ ...state, id, number: (newest?.number ?? 0) + 1 })
}
