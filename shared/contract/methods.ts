import * as v from 'valibot'
import { COMMAND_IDS } from '../commands/index.ts'
import { DetectionSchema } from './hardware.ts'
import { MachineDraftSchema, MachineIdSchema, MachineRefSchema, MachineSchema, SshHostSchema } from './machines.ts'
import { MeasuredRunDraftSchema, MeasuredRunSchema, MeasuredRunSummarySchema } from './measuredRuns.ts'
import { MONITOR_INTERVAL_MS, MonitorStateSchema, SampleSchema } from './monitor.ts'
import { LibraryNoticeSchema } from './notice.ts'
import { BackupSchema, ImportEntrySchema, ImportTextSchema, MAX_EXCHANGED, MAX_IMPORTED, OpenedFileSchema } from './exchange.ts'
import {
  NotesSchema, RevisionSchema, ScenarioDraftSchema, ScenarioFacetsSchema, ScenarioIdSchema, ScenarioNameSchema, ScenarioPageSchema, ScenarioQuerySchema, ScenarioSchema,
  ScenarioSummarySchema, TagsSchema
} from './scenario.ts'

/*
 * Everything the renderer may ask of the host. The desktop app carries a call over one IPC channel, the served app over
 * POST /rpc/<name>; both end in the same dispatcher, which validates the input with these schemas.
 */

const nothing = v.strictObject({})

export const METHODS = {
  /** What the renderer is talking to. */
  'app.info': {
    input: nothing,
    output: v.strictObject({
      version: v.string(),
      mode: v.picklist(['desktop', 'served']),
      libraryPath: v.string(),
      /** What happened to the library when it was opened: null when nothing worth telling. */
      libraryNotice: v.nullable(LibraryNoticeSchema)
    })
  },
  /** Files that the desktop app was asked to open since the last call; each is handed out once. */
  'app.takeFiles': { input: nothing, output: v.array(OpenedFileSchema) },
  /**
   * Looks at a machine's GPUs now: this one, or a remote one over ssh. `refresh` asks the vendors' tools again, otherwise a
   * reading of the last seconds may be returned. A machine that cannot be reached is an answer with findings.
   */
  'hardware.detect': { input: v.strictObject({ machine: MachineRefSchema, refresh: v.boolean() }), output: DetectionSchema },
  /** Host names of the user's OpenSSH configuration, for suggestions. Reads files only; nothing connects. */
  'hardware.sshHosts': { input: nothing, output: v.array(SshHostSchema) },
  /**
   * Starts sampling a machine, or keeps it going: called again within MONITOR_LEASE_MS by every view that looks. Answers with
   * what the sampler remembers (up to an hour, older stretches thinned out).
   */
  'monitor.watch': {
    input: v.strictObject({
      machine: MachineRefSchema,
      intervalMs: v.pipe(v.number(), v.integer(), v.minValue(MONITOR_INTERVAL_MS.shortest), v.maxValue(MONITOR_INTERVAL_MS.longest)),
      /** Names the view, so that its leaving does not stop the others. */
      watcher: v.pipe(v.string(), v.nonEmpty(), v.maxLength(64)),
      /** Whether to answer with the history; renewals do not need it. */
      history: v.boolean()
    }),
    output: v.strictObject({ state: MonitorStateSchema, history: v.array(SampleSchema) })
  },
  'monitor.leave': { input: v.strictObject({ machine: MachineRefSchema, watcher: v.pipe(v.string(), v.maxLength(64)) }), output: nothing },
  /** The saved machines, by name. */
  'machine.list': { input: nothing, output: v.array(MachineSchema) },
  /** Creates when `id` is null, else replaces. */
  'machine.save': { input: v.strictObject({ id: v.nullable(MachineIdSchema), machine: MachineDraftSchema }), output: MachineSchema },
  'machine.remove': { input: v.strictObject({ id: MachineIdSchema }), output: nothing },
  /** Measured runs of a scenario, newest first, without their points. */
  'run.list': { input: v.strictObject({ scenarioId: ScenarioIdSchema }), output: v.array(MeasuredRunSummarySchema) },
  'run.open': { input: v.strictObject({ id: v.string() }), output: MeasuredRunSchema },
  /** Keeps a measured run with its scenario. */
  'run.save': { input: MeasuredRunDraftSchema, output: MeasuredRunSummarySchema },
  'run.remove': { input: v.strictObject({ id: v.string() }), output: nothing },
  /** A page of the library's scenarios, or of its trash. */
  'scenario.query': { input: ScenarioQuerySchema, output: ScenarioPageSchema },
  'scenario.facets': { input: nothing, output: ScenarioFacetsSchema },
  'scenario.open': { input: v.strictObject({ id: ScenarioIdSchema }), output: ScenarioSchema },
  /**
   * Creates when `id` is null, else replaces. Acknowledged only when it is on disk. `needBytes`: the estimate's expected total, null
   * when there is none; left out, the host estimates it after it has answered, and tells of it as a change.
   */
  'scenario.save': {
    input: v.strictObject({ id: v.nullable(ScenarioIdSchema), draft: ScenarioDraftSchema, needBytes: v.optional(v.nullable(v.pipe(v.number(), v.minValue(0)))) }),
    output: ScenarioSchema
  },
  'scenario.rename': { input: v.strictObject({ id: ScenarioIdSchema, name: ScenarioNameSchema }), output: ScenarioSummarySchema },
  /** Moves it to the trash: the row stays in the library file, marked deleted, until the trash is emptied. */
  'scenario.delete': { input: v.strictObject({ id: ScenarioIdSchema }), output: nothing },
  /** Takes a deleted scenario out of the trash: the undo of a delete. */
  'scenario.restore': { input: v.strictObject({ id: ScenarioIdSchema }), output: ScenarioSummarySchema },
  /** A copy under a free name, with its notes and tags and without its history. */
  'scenario.duplicate': { input: v.strictObject({ id: ScenarioIdSchema }), output: ScenarioSchema },
  /** Changes what the user wrote beside a scenario; what is absent stays. */
  'scenario.annotate': {
    input: v.strictObject({ id: ScenarioIdSchema, tags: v.optional(TagsSchema), notes: v.optional(NotesSchema), favourite: v.optional(v.boolean()) }),
    output: ScenarioSummarySchema
  },
  /** Every saved state, newest first. */
  'scenario.revisions': { input: v.strictObject({ id: ScenarioIdSchema }), output: v.array(RevisionSchema) },
  'scenario.openRevision': { input: v.strictObject({ id: ScenarioIdSchema, number: v.number() }), output: ScenarioDraftSchema },
  /** Makes an earlier state the present one, as a new revision: nothing is lost. */
  'scenario.revert': { input: v.strictObject({ id: ScenarioIdSchema, number: v.number() }), output: ScenarioSchema },
  /** Removes scenarios that are in the trash for good; null: all of them. */
  'scenario.purge': { input: v.strictObject({ ids: v.nullable(v.pipe(v.array(ScenarioIdSchema), v.maxLength(10_000))) }), output: v.strictObject({ removed: v.number() }) },
  /** Scenarios with notes, tags and measured runs as one document; null: all outside the trash. */
  'library.export': {
    input: v.strictObject({ ids: v.nullable(v.pipe(v.array(ScenarioIdSchema), v.maxLength(10_000))) }),
    output: v.strictObject({ fileName: v.string(), text: v.string(), count: v.number(), /** Those that this version cannot read. */ leftOut: v.number() })
  },
  /** What importing a file would do: a document, a single plan, or a whole library in base64. Changes nothing. */
  'library.previewImport': { input: v.strictObject({ text: ImportTextSchema }), output: v.array(ImportEntrySchema) },
  /** Adds the chosen scenarios of a file under names that are free: all of them, or none. */
  'library.import': {
    input: v.strictObject({
      text: ImportTextSchema,
      entries: v.pipe(v.array(v.strictObject({ index: v.number(), name: ScenarioNameSchema })), v.maxLength(MAX_IMPORTED))
    }),
    output: v.array(ScenarioSummarySchema)
  },
  /** The whole library, trash and history included, as a checked SQLite file in base64. */
  'library.copy': { input: nothing, output: v.strictObject({ fileName: v.string(), base64: v.string(), bytes: v.number() }) },
  /** Makes a checked backup now. */
  'library.backupNow': { input: nothing, output: BackupSchema },
  /** The file, and the backups that are kept of it, newest first. */
  'library.state': { input: nothing, output: v.strictObject({ path: v.string(), bytes: v.number(), backups: v.array(BackupSchema) }) }
} as const

export type MethodName = keyof typeof METHODS
export type MethodInput<M extends MethodName> = v.InferOutput<(typeof METHODS)[M]['input']>
export type MethodOutput<M extends MethodName> = v.InferOutput<(typeof METHODS)[M]['output']>

/** Bytes of a call's input as JSON, at most: a plan is a few kilobytes, a file that is imported may be large. */
export const inputLimit = (method: string): number =>
  method === 'library.previewImport' || method === 'library.import' ? 2 * MAX_EXCHANGED : 1024 * 1024

/** Sent by the host without being asked. */
export const EVENTS = {
  /** The desktop app was asked to open a file: `app.takeFiles` has it. */
  'app.filesOpened': v.strictObject({}),
  /** The library changed, here or in another window or browser tab. */
  'library.changed': v.strictObject({}),
  /** A machine that somebody watches was sampled. */
  'monitor.sample': v.strictObject({ machine: MachineRefSchema, sample: SampleSchema }),
  'monitor.state': MonitorStateSchema,
  /** A command was chosen in the menu of the desktop app. */
  'command.chosen': v.strictObject({ id: v.picklist(COMMAND_IDS) })
} as const

export type EventName = keyof typeof EVENTS
export type EventPayload<E extends EventName> = v.InferOutput<(typeof EVENTS)[E]>
