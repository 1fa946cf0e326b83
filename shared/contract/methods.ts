import * as v from 'valibot'
import { DetectionSchema } from './hardware.ts'
import { LibraryNoticeSchema } from './notice.ts'
import { ScenarioDraftSchema, ScenarioIdSchema, ScenarioNameSchema, ScenarioSchema, ScenarioSummarySchema } from './scenario.ts'

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
  /** Looks at the host's GPUs now. `refresh` asks the vendor tool again, otherwise a reading of the last seconds may be returned. */
  'hardware.detect': { input: v.strictObject({ refresh: v.boolean() }), output: DetectionSchema },
  /** Newest change first. */
  'scenario.list': { input: nothing, output: v.array(ScenarioSummarySchema) },
  'scenario.open': { input: v.strictObject({ id: ScenarioIdSchema }), output: ScenarioSchema },
  /** Creates when `id` is null, else replaces. Acknowledged only when it is on disk. */
  'scenario.save': {
    input: v.strictObject({ id: v.nullable(ScenarioIdSchema), draft: ScenarioDraftSchema }),
    output: ScenarioSchema
  },
  'scenario.rename': { input: v.strictObject({ id: ScenarioIdSchema, name: ScenarioNameSchema }), output: ScenarioSummarySchema },
  /** Moves it to the trash: the row stays in the library file, marked deleted, until the trash is emptied. */
  'scenario.delete': { input: v.strictObject({ id: ScenarioIdSchema }), output: nothing },
  /** Takes a deleted scenario out of the trash: the undo of a delete. */
  'scenario.restore': { input: v.strictObject({ id: ScenarioIdSchema }), output: ScenarioSummarySchema }
} as const

export type MethodName = keyof typeof METHODS
export type MethodInput<M extends MethodName> = v.InferOutput<(typeof METHODS)[M]['input']>
export type MethodOutput<M extends MethodName> = v.InferOutput<(typeof METHODS)[M]['output']>

/** Sent by the host without being asked. */
export const EVENTS = {
  /** The library changed, here or in another window or browser tab. */
  'library.changed': v.strictObject({})
} as const

export type EventName = keyof typeof EVENTS
export type EventPayload<E extends EventName> = v.InferOutput<(typeof EVENTS)[E]>
