import * as v from 'valibot'
import { SavedTargetSchema, type SavedTarget, type Scenario, type ScenarioSummary } from '#shared/contract/index.ts'
import { parsePlanText, type PlanProblem } from '#shared/plan/index.ts'
import type { Database } from './driver.ts'
import { LibraryError } from './libraryError.ts'

/** A row of the scenarios table, with the number of its measured runs. */
export interface Row {
  id: string
  name: string
  plan: string
  target: string
  notes: string
  tags: string
  favourite: number
  model: string
  family: string | null
  algorithm: string
  method: string
  need_bytes: number | null
  created_at: string
  updated_at: string
  deleted_at: string | null
  runs: number
}

export const COLUMNS = `id, name, plan, target, notes, tags, favourite, model, family, algorithm, method, need_bytes, created_at, updated_at, deleted_at,
  (SELECT count(*) FROM measured_runs WHERE scenario_id = scenarios.id) AS runs`

/** A scenario outside the trash. */
export function requireRow (db: Database, id: string): Row {
  const row = db.prepare<[string], Row>(`SELECT ${COLUMNS} FROM scenarios WHERE id = ? AND deleted_at IS NULL`).get(id)
  if (!row) throw new LibraryError('not-found', `No scenario ${id} in the library.`, { id })
  return row
}

/** The whole scenario; throws what keeps it from being read. */
export function read (row: Row): Scenario {
  const plan = parsePlanText(row.plan)
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
  const plan = parsePlanText(row.plan)
  const readable = plan.ok && readTarget(row.target) !== null
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
    state: readable ? 'ok' : stateOf(plan.ok ? [] : plan.problems),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    deletedAt: row.deleted_at
  }
}

const stateOf = (problems: readonly PlanProblem[]): 'newer' | 'unreadable' =>
  problems.some(({ code }) => code === 'newer-version') ? 'newer' : 'unreadable'

export function readTarget (text: string): SavedTarget | null {
  const parsed = v.safeParse(SavedTargetSchema, JSON.parse(text))
  return parsed.success ? parsed.output : null
}

function readTags (text: string): string[] {
  const tags: unknown = JSON.parse(text)
  return Array.isArray(tags) ? tags.filter((tag): tag is string => typeof tag === 'string') : []
}
