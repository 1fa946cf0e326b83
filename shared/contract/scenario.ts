import * as v from 'valibot'
import { PlanSchema } from '../plan/index.ts'
import { SavedTargetSchema } from './savedTarget.ts'

/* A scenario: a saved plan with its target, name and notes. Lives in the library. */

export const ScenarioIdSchema = v.pipe(v.string(), v.regex(/^[0-9a-f-]{36}$/))
export const ScenarioNameSchema = v.pipe(v.string(), v.trim(), v.nonEmpty(), v.maxLength(200))
export const TagSchema = v.pipe(v.string(), v.trim(), v.nonEmpty(), v.maxLength(40))
export const TagsSchema = v.pipe(v.array(TagSchema), v.maxLength(20))
export const NotesSchema = v.pipe(v.string(), v.maxLength(20_000))

export const ScenarioDraftSchema = v.strictObject({
  name: ScenarioNameSchema,
  plan: PlanSchema,
  target: SavedTargetSchema
})

/** What the user writes beside a scenario. Changing it makes no new revision. */
const remarks = { tags: TagsSchema, notes: NotesSchema, favourite: v.boolean() }

export const ScenarioSchema = v.strictObject({
  id: ScenarioIdSchema,
  ...ScenarioDraftSchema.entries,
  ...remarks,
  /** ISO 8601. */
  createdAt: v.string(),
  updatedAt: v.string()
})

export const ScenarioSummarySchema = v.strictObject({
  id: ScenarioIdSchema,
  name: v.string(),
  /** Catalog id or the custom architecture's name. */
  model: v.string(),
  /** The model's family in the catalog; null for others. */
  family: v.nullable(v.string()),
  algorithm: v.string(),
  method: v.string(),
  /** Memory that the run needs on a GPU, expected, in bytes, as estimated when it was saved or soon after; null when there is no estimate. */
  needBytes: v.nullable(v.number()),
  tags: TagsSchema,
  favourite: v.boolean(),
  hasNotes: v.boolean(),
  /** Measured runs that are kept with it. */
  runs: v.number(),
  /** newer: saved by a newer Headroom; unreadable: the stored plan no longer parses. Both stay in the library, and neither can be opened. */
  state: v.picklist(['ok', 'newer', 'unreadable']),
  createdAt: v.string(),
  updatedAt: v.string(),
  /** When it was moved to the trash; null outside of it. */
  deletedAt: v.nullable(v.string())
})

/** What a list of scenarios shows: every condition that is given must hold. */
export const ScenarioQuerySchema = v.strictObject({
  /** Words that all occur in name, notes, tags, model, method or algorithm, as parts of words too; empty: everything. */
  text: v.pipe(v.string(), v.maxLength(200)),
  filter: v.strictObject({
    trash: v.boolean(),
    favourite: v.optional(v.boolean()),
    tags: v.optional(TagsSchema),
    algorithms: v.optional(v.pipe(v.array(v.string()), v.maxLength(32))),
    methods: v.optional(v.pipe(v.array(v.string()), v.maxLength(32))),
    families: v.optional(v.pipe(v.array(v.string()), v.maxLength(64))),
    /** Needs at most that many bytes: what the user's largest card has. */
    needAtMost: v.optional(v.pipe(v.number(), v.minValue(0))),
    /** ISO 8601. */
    updatedSince: v.optional(v.string())
  }),
  sort: v.picklist(['updated', 'created', 'name', 'need']),
  descending: v.boolean(),
  offset: v.pipe(v.number(), v.integer(), v.minValue(0)),
  limit: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(200))
})

/** The first page of everything outside the trash, newest change first. */
export const NEWEST_SCENARIOS: v.InferOutput<typeof ScenarioQuerySchema> = { text: '', filter: { trash: false }, sort: 'updated', descending: true, offset: 0, limit: 200 }

export const ScenarioPageSchema = v.strictObject({
  rows: v.array(ScenarioSummarySchema),
  /** How many there are; counted up to 10,000 only. */
  total: v.number(),
  /** The count stopped: there are more. */
  isMore: v.boolean()
})

const counted = v.array(v.strictObject({ value: v.string(), count: v.number() }))
/** What there is to filter by, most frequent first, outside the trash. */
export const ScenarioFacetsSchema = v.strictObject({ all: v.number(), trash: v.number(), favourites: v.number(), tags: counted, algorithms: counted, methods: counted, families: counted })

/** One saved state of a scenario. The highest number is the present one. */
export const RevisionSchema = v.strictObject({ number: v.number(), name: v.string(), savedAt: v.string(), needBytes: v.nullable(v.number()) })

export type ScenarioDraft = v.InferOutput<typeof ScenarioDraftSchema>
export type Scenario = v.InferOutput<typeof ScenarioSchema>
export type ScenarioSummary = v.InferOutput<typeof ScenarioSummarySchema>
export type ScenarioQuery = v.InferOutput<typeof ScenarioQuerySchema>
export type ScenarioPage = v.InferOutput<typeof ScenarioPageSchema>
export type ScenarioFacets = v.InferOutput<typeof ScenarioFacetsSchema>
export type Revision = v.InferOutput<typeof RevisionSchema>
