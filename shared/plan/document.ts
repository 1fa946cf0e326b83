import * as v from 'valibot'
import { failed, ok, type Result } from '../units/index.ts'
import { toProblems } from './issues.ts'
import { migrate } from './migrate.ts'
import type { PlanProblem } from './problem.ts'
import { PlanSchema, type Plan } from './schema.ts'

/**
 * Reads a plan document of any known version. All problems are returned at once, each with its field. Whether the model
 * exists and the settings suit it is not asked here: `estimate` does, so that a plan for an unknown model can still be opened.
 */
export function parsePlan (input: unknown): Result<Plan, PlanProblem> {
  const migrated = migrate(input)
  if (!migrated.ok) return migrated
  const parsed = v.safeParse(PlanSchema, migrated.value)
  return parsed.success ? ok(parsed.output) : failed(toProblems(parsed.issues))
}

/** Reads the text of a plan file. */
export function parsePlanText (text: string): Result<Plan, PlanProblem> {
  let input: unknown
  try {
    input = JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch (error) {
    return failed([{ path: '', code: 'not-json', values: { detail: (error as Error).message } }])
  }
  return parsePlan(input)
}

/** The plan as a file: JSON that `parsePlanText` reads back to an equal plan. */
export const serializePlan = (plan: Plan): string => `${JSON.stringify(plan, null, 2)}\n`
