import { randomUUID } from 'node:crypto'
import * as v from 'valibot'
import { SavedTargetSchema, type SavedTarget, type Scenario, type ScenarioDraft, type ScenarioSummary } from '#shared/contract/index.ts'
import { parsePlanText, serializePlan, type PlanProblem } from '#shared/plan/index.ts'
import type { Database } from './driver.ts'
import { freeName } from './freeName.ts'
import { LibraryError } from './libraryError.ts'

interface Row {
  id: string
  name: string
  plan: string
  target: string
  created_at: string
  updated_at: string
}

const COLUMNS = 'id, name, plan, target, created_at, updated_at'

/** All scenarios outside the trash, newest change first. One that no longer parses is listed with its state. */
export function listScenarios (db: Database): ScenarioSummary[] {
  return db.prepare<[], Row>(`SELECT ${COLUMNS} FROM scenarios WHERE deleted_at IS NULL ORDER BY updated_at DESC, rowid DESC`)
    .all()
    .map(summarize)
}

export function openScenario (db: Database, id: string): Scenario {
  return read(requireRow(db, id))
}

/** Creates when `id` is null, else replaces. When it returns, the scenario is on the disk. */
export function saveScenario (db: Database, id: string | null, draft: ScenarioDraft, now: Date): Scenario {
  const { name, plan, target } = draft
  const columns = { name, plan: serializePlan(plan), version: plan.version, target: JSON.stringify(target), now: now.toISOString() }
  return db.transaction(() => {
    if (id !== null) requireRow(db, id)
    refuseTakenName(db, name, id)
    const saved = id ?? randomUUID()
    const statement = id === null
      ? 'INSERT INTO scenarios (id, name, plan, plan_version, target, created_at, updated_at) VALUES (@id, @name, @plan, @version, @target, @now, @now)'
      : 'UPDATE scenarios SET name = @name, plan = @plan, plan_version = @version, target = @target, updated_at = @now WHERE id = @id'
    db.prepare(statement).run({ ...columns, id: saved })
    return read(requireRow(db, saved))
  }).immediate()
}

export function renameScenario (db: Database, id: string, name: string, now: Date): ScenarioSummary {
  return db.transaction(() => {
    requireRow(db, id)
    refuseTakenName(db, name, id)
    db.prepare('UPDATE scenarios SET name = ?, updated_at = ? WHERE id = ?').run(name, now.toISOString(), id)
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

function requireRow (db: Database, id: string): Row {
  const row = db.prepare<[string], Row>(`SELECT ${COLUMNS} FROM scenarios WHERE id = ? AND deleted_at IS NULL`).get(id)
  if (!row) throw new LibraryError('not-found', `No scenario ${id} in the library.`, { id })
  return row
}

function refuseTakenName (db: Database, name: string, id: string | null): void {
  const suggestion = freeName(db, name, id)
  if (suggestion !== name) {
    throw new LibraryError('name-taken', `A scenario named "${name}" exists already. Choose another name, for example "${suggestion}".`, { name, suggestion })
  }
}

function read (row: Row): Scenario {
  const plan = parsePlanText(row.plan)
  const target = readTarget(row.target)
  if (!plan.ok || !target) {
    const problems = plan.ok ? [] : plan.problems
    const state = stateOf(problems)
    throw new LibraryError('scenario-unreadable', `"${row.name}" cannot be read by this version (${state}). It is kept unchanged in the library.`, { id: row.id, state, problems })
  }
  return { id: row.id, name: row.name, plan: plan.value, target, createdAt: row.created_at, updatedAt: row.updated_at }
}

function summarize (row: Row): ScenarioSummary {
  const plan = parsePlanText(row.plan)
  const readable = plan.ok && readTarget(row.target) !== null
  return {
    id: row.id,
    name: row.name,
    ...glance(row.plan),
    state: readable ? 'ok' : stateOf(plan.ok ? [] : plan.problems),
    createdAt: row.created_at,
    updatedAt: row.updated_at
  }
}

const stateOf = (problems: readonly PlanProblem[]): 'newer' | 'unreadable' =>
  problems.some(({ code }) => code === 'newer-version') ? 'newer' : 'unreadable'

function readTarget (text: string): SavedTarget | null {
  const parsed = v.safeParse(SavedTargetSchema, JSON.parse(text))
  return parsed.success ? parsed.output : null
}

const GlanceSchema = v.object({
  model: v.fallback(v.union([
    v.pipe(v.object({ id: v.string() }), v.transform(({ id }) => id)),
    v.pipe(v.object({ architecture: v.object({ name: v.optional(v.string(), 'custom') }) }), v.transform(({ architecture }) => architecture.name))
  ]), '?'),
  method: v.fallback(v.pipe(v.object({ kind: v.string() }), v.transform(({ kind }) => kind)), '?')
})

/** Model and method as far as they can be told, also from a plan of a newer version. */
function glance (plan: string): { model: string, method: string } {
  const parsed = v.safeParse(GlanceSchema, JSON.parse(plan))
  return parsed.success ? parsed.output : { model: '?', method: '?' }
}
