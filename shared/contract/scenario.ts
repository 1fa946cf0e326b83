import * as v from 'valibot'
import { PlanSchema } from '../plan/index.ts'
import { SavedTargetSchema } from './savedTarget.ts'

/* A scenario: a saved plan with its target and name. Lives in the library. */

export const ScenarioIdSchema = v.pipe(v.string(), v.regex(/^[0-9a-f-]{36}$/))
export const ScenarioNameSchema = v.pipe(v.string(), v.trim(), v.nonEmpty(), v.maxLength(200))

export const ScenarioDraftSchema = v.strictObject({
  name: ScenarioNameSchema,
  plan: PlanSchema,
  target: SavedTargetSchema
})

export const ScenarioSchema = v.strictObject({
  id: ScenarioIdSchema,
  ...ScenarioDraftSchema.entries,
  /** ISO 8601. */
  createdAt: v.string(),
  updatedAt: v.string()
})

export const ScenarioSummarySchema = v.strictObject({
  id: ScenarioIdSchema,
  name: v.string(),
  /** Catalog id or the custom architecture's name. */
  model: v.string(),
  method: v.string(),
  /** newer: saved by a newer Headroom; unreadable: the stored plan no longer parses. Both stay in the library, and neither can be opened. */
  state: v.picklist(['ok', 'newer', 'unreadable']),
  createdAt: v.string(),
  updatedAt: v.string()
})

export type ScenarioDraft = v.InferOutput<typeof ScenarioDraftSchema>
export type Scenario = v.InferOutput<typeof ScenarioSchema>
export type ScenarioSummary = v.InferOutput<typeof ScenarioSummarySchema>
