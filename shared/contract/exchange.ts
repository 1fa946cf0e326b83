import * as v from 'valibot'
import { MeasuredRunDraftSchema } from './measuredRuns.ts'
import { NotesSchema, ScenarioDraftSchema, TagsSchema } from './scenario.ts'

/* Scenarios as files: a versioned JSON document with one or many. What is imported never replaces what is there. */

export const EXCHANGE_VERSION = 1

export const ExchangedScenarioSchema = v.strictObject({
  ...ScenarioDraftSchema.entries,
  tags: v.optional(TagsSchema, []),
  notes: v.optional(NotesSchema, ''),
  favourite: v.optional(v.boolean(), false),
  createdAt: v.optional(v.string()),
  updatedAt: v.optional(v.string()),
  runs: v.optional(v.array(v.omit(MeasuredRunDraftSchema, ['scenarioId'])), [])
})

/** Scenarios are read one by one, so that one that cannot be read does not keep the others out. */
export const ExchangeDocumentSchema = v.strictObject({
  type: v.literal('headroom/scenarios'),
  version: v.number(),
  scenarios: v.pipe(v.array(v.unknown()), v.maxLength(100_000))
})

/** What an import would do with each scenario of a document. */
export const ImportEntrySchema = v.strictObject({
  index: v.number(),
  name: v.string(),
  model: v.string(),
  method: v.string(),
  /** new: nothing like it; same: an equal one is there already; renamed: its name is taken, `suggestion` is free; refused: `problem` says why. */
  state: v.picklist(['new', 'same', 'renamed', 'refused']),
  suggestion: v.nullable(v.string()),
  /** English and Chinese. */
  problem: v.nullable(v.strictObject({ en: v.string(), zh: v.string() }))
})

export type ExchangedScenario = v.InferOutput<typeof ExchangedScenarioSchema>
export type ImportEntry = v.InferOutput<typeof ImportEntrySchema>
