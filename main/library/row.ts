import * as v from 'valibot'
import { SavedTargetSchema, type SavedTarget, type Scenario, type ScenarioSummary } from '#shared/contract/index.ts'
import { parsePlanText, PLAN_VERSION, type PlanProblem } from '#shared/plan/index.ts'
import type { Database } from './driver.ts'
import { LibraryError } from './libraryError.ts'

/** A scenario with its present state, and the number of its measured runs. */
export interface Row {
  key: number
  id: string
  name: string
  plan_version: number
  model: string
  family: string | null
  algorithm: string
  method: string
  need_bytes: number | null
  tags: string
  favourite: number
  created_at: string
  updated_at: string
  deleted_at: string | null
  notes: string
  runs: number
  /** Null when no state of it could be saved from damage. */
  revision: number | null
  plan: string | null
  target: string | null
}

/** Selects rows; what chooses and orders them comes behind it. */
export const SELECT_ROW = `
  SELECT scenarios.key, id, scenarios.name, plan_version, model, family, algorithm, method, scenarios.need_bytes, tags, favourite, created_at, updated_at, deleted_at, notes,
    (SELECT count(*) FROM measured_runs WHERE measured_runs.scenario_id = scenarios.id) AS runs,
    revisions.key AS revision, plan, target
  FROM scenarios LEFT JOIN revisions ON revisions.scenario_id = scenarios.id
    AND number = (SELECT max(number) FROM revisions AS newest WHERE newest.scenario_id = scenarios.id)`

/** A scenario outside the trash. */
export function requireRow (db: Database, id: string): Row {
  const row = db.prepare<[string], Row>(`${SELECT_ROW} WHERE id = ? AND deleted_at IS NULL`).get(id)
  if (!row) throw new LibraryError('not-found', `No scenario ${id} in the library.`, { id })
  return row
}

/** The whole scenario; throws what keeps it from being read. */
export function read (row: Row): Scenario {
  const plan = parsePlanText(row.plan ?? '')
  const target = readTarget(row.target)
  if (!plan.ok || !target) {
    const problems = plan.ok ? [] : plan.problems
    const state = stateOf(problems)
    throw new LibraryError('scenario-unreadable', `"${row.name}" cannot be read by this version (${state}). It is kept unchanged in the library.`, { id: row.id, state, problems })
  }
  return {
    id: row.id, name: row.name, plan: plan.value, target, tags: readTags(row.tags), notes: row.notes, favourite: row.favourite === 1,
    createdAt: row.created_at, updatedAt: row.updated_at
  }
}

/** One that no longer parses is listed with its state. */
export function summarize (row: Row): ScenarioSummary {
  return {
    id: row.id,
    name: row.name,
    model: row.model,
    family: row.family,
    algorithm: row.algorithm,
    method: row.method,
    needBytes: row.need_bytes,
    tags: readTags(row.tags),
    favourite: row.favourite === 1,
    hasNotes: row.notes !== '',
    runs: row.runs,
    state: listedState(row),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    deletedAt: row.deleted_at
  }
}

export const stateOf = (problems: readonly PlanProblem[]): 'newer' | 'unreadable' =>
  problems.some(({ code }) => code === 'newer-version') ? 'newer' : 'unreadable'

/** Checking a plan takes longer than reading a row, so each distinct text is checked once. */
const checked = new Map<string, ScenarioSummary['state']>()
const CHECKED = 5000

function listedState (row: Row): ScenarioSummary['state'] {
  if (row.plan_version > PLAN_VERSION) return 'newer'
  const text = `${row.plan ?? ''}\n${row.target ?? ''}`
  const known = checked.get(text)
  if (known) return known
  const plan = parsePlanText(row.plan ?? '')
  const state = plan.ok && readTarget(row.target) !== null ? 'ok' : stateOf(plan.ok ? [] : plan.problems)
  if (checked.size >= CHECKED) checked.clear()
  checked.set(text, state)
  return state
}

export function readTarget (text: string | null): SavedTarget | null {
  const parsed = v.safeParse(SavedTargetSchema, JSON.parse(text ?? 'null'))
  return parsed.success ? parsed.output : null
}

function readTags (text: string): string[] {
  const tags: unknown = JSON.parse(text)
  return Array.isArray(tags) ? tags.filter((tag): tag is string => typeof tag === 'string') : []
}
