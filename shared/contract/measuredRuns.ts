import * as v from 'valibot'
import { MachineRefSchema } from './machines.ts'
import { ScenarioIdSchema } from './scenario.ts'

/* What a run really took, kept with the scenario that predicted it. */

export const RunPointSchema = v.strictObject({
  /** Seconds since the recording began. */
  seconds: v.number(),
  usedBytes: v.number()
})

export const MeasuredRunDraftSchema = v.strictObject({
  scenarioId: ScenarioIdSchema,
  machine: MachineRefSchema,
  deviceKey: v.string(),
  deviceName: v.string(),
  /** What was measured: the whole card less what was used before, or one process. */
  scope: v.variant('kind', [
    v.strictObject({ kind: v.literal('card'), usedBeforeBytes: v.number() }),
    v.strictObject({ kind: v.literal('process'), pid: v.number(), name: v.nullable(v.string()) })
  ]),
  startedAt: v.string(),
  endedAt: v.string(),
  intervalMs: v.number(),
  /** The highest sample: spikes between samples are not seen. */
  peakBytes: v.number(),
  /** The estimate's total when the recording began, to compare with. */
  predicted: v.strictObject({ expected: v.number(), low: v.number(), high: v.number() }),
  note: v.pipe(v.string(), v.maxLength(2000)),
  /** At most a few thousand points, decimated keeping the highest of each stretch. */
  points: v.pipe(v.array(RunPointSchema), v.maxLength(4000))
})

export const MeasuredRunSchema = v.strictObject({ id: v.pipe(v.string(), v.regex(/^[0-9a-f-]{36}$/)), ...MeasuredRunDraftSchema.entries })

/** Without the points. */
export const MeasuredRunSummarySchema = v.omit(MeasuredRunSchema, ['points'])

export type RunPoint = v.InferOutput<typeof RunPointSchema>
export type MeasuredRunDraft = v.InferOutput<typeof MeasuredRunDraftSchema>
export type MeasuredRun = v.InferOutput<typeof MeasuredRunSchema>
export type MeasuredRunSummary = v.InferOutput<typeof MeasuredRunSummarySchema>
