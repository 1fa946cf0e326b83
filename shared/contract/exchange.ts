import * as v from 'valibot'
import { MeasuredRunDraftSchema } from './measuredRuns.ts'
import { NotesSchema, ScenarioDraftSchema, TagsSchema } from './scenario.ts'

/*
 * Scenarios as files: a versioned JSON document with one or many (`*.headroom.json`), or a whole library (`*.db`). What is imported
 * never replaces what is there.
 */

export const EXCHANGE_VERSION = 1

/** Characters of an imported or exported text. Beyond that a library is copied as a whole. */
export const MAX_EXCHANGED = 64 * 1024 * 1024

/** Scenarios of one import. */
export const MAX_IMPORTED = 100_000

/** Bytes of a library that is handed out as a whole; a larger file is copied on its machine. */
export const MAX_COPIED = 256 * 1024 * 1024

/** JSON, or a library file in base64, which begins with `U1FMaXRlIGZvcm1hdCAz`. */
export const ImportTextSchema = v.pipe(v.string(), v.maxLength(MAX_EXCHANGED))

export const ExchangedScenarioSchema = v.strictObject({
  ...ScenarioDraftSchema.entries,
  tags: v.optional(TagsSchema, []),
  notes: v.optional(NotesSchema, ''),
  favourite: v.optional(v.boolean(), false),
  /** ISO 8601. An import keeps when it was made, and counts as its newest change. */
  createdAt: v.optional(v.pipe(v.string(), v.isoTimestamp())),
  updatedAt: v.optional(v.string()),
  runs: v.optional(v.array(v.omit(MeasuredRunDraftSchema, ['scenarioId'])), [])
})

/** Scenarios are read one by one, so that one that cannot be read does not keep the others out. */
export const ExchangeDocumentSchema = v.strictObject({
  type: v.literal('headroom/scenarios'),
  version: v.number(),
  scenarios: v.pipe(v.array(v.unknown()), v.maxLength(MAX_IMPORTED))
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

/** A file to import that the desktop app was asked to open, as ImportTextSchema; `problem`: why it could not be read. */
export const OpenedFileSchema = v.variant('ok', [
  v.strictObject({ ok: v.literal(true), name: v.string(), text: v.string() }),
  v.strictObject({ ok: v.literal(false), name: v.string(), problem: v.picklist(['missing', 'too-large', 'unreadable']) })
])

/** One backup of the library; all in the folder `backups` beside it. */
export const BackupSchema = v.strictObject({ name: v.string(), madeAt: v.string(), bytes: v.number() })

export type Backup = v.InferOutput<typeof BackupSchema>
export type OpenedFile = v.InferOutput<typeof OpenedFileSchema>
export type ExchangedScenario = v.InferOutput<typeof ExchangedScenarioSchema>
export type ImportEntry = v.InferOutput<typeof ImportEntrySchema>
