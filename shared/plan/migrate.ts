import { failed, ok, type Result } from '../units/index.ts'
import type { PlanProblem } from './problem.ts'
import { PLAN_VERSION } from './schema.ts'

type Document = Record<string, unknown>

/**
 * One step per version: `MIGRATIONS[n - 1]` turns a document of version n into version n + 1. A step is never edited once
 * released; documents of every version stay readable for good.
 */
const MIGRATIONS: readonly ((document: Document) => Document)[] = []

/** Brings a document of an older version up to the current one. Refuses what is no plan, and what a newer Headroom wrote. */
export function migrate (input: unknown): Result<Document, PlanProblem> {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return failed([{ path: '', code: 'not-a-plan' }])
  let document = input as Document
  if (document['type'] !== 'headroom/plan') return failed([{ path: '', code: 'not-a-plan' }])
  const version = document['version']
  if (typeof version !== 'number' || !Number.isInteger(version) || version < 1) {
    return failed([version === undefined
      ? { path: 'version', code: 'missing', values: { expected: ': 1' } }
      : { path: 'version', code: 'wrong-type', values: { expected: '1', found: JSON.stringify(version) ?? 'undefined' } }])
  }
  if (version > PLAN_VERSION) return failed([{ path: 'version', code: 'newer-version', values: { found: version, known: PLAN_VERSION } }])
  for (const step of MIGRATIONS.slice(version - 1)) document = step(document)
  return ok(document)
}
