import * as v from 'valibot'
import { FindingSchema } from './hardware.ts'
import { MachineRefSchema } from './machines.ts'

/* Live readings of a machine's devices. One sampler per machine serves every view; it stops when nobody has looked for a while. */

const figure = v.nullable(v.number())

export const DeviceSampleSchema = v.strictObject({
  /** The device's key in the detection of its machine. */
  key: v.string(),
  usedBytes: figure,
  freeBytes: figure,
  totalBytes: figure,
  /** 0 … 1. */
  utilization: figure,
  temperatureC: figure,
  powerWatts: figure
})

export const ProcessSampleSchema = v.strictObject({
  deviceKey: v.string(),
  pid: v.number(),
  name: v.nullable(v.string()),
  usedBytes: figure
})

export const SampleSchema = v.strictObject({
  /** ISO 8601, of the host that runs Headroom. */
  at: v.string(),
  devices: v.array(DeviceSampleSchema),
  /** As last listed, every few seconds; null when this machine does not tell. */
  processes: v.nullable(v.array(ProcessSampleSchema))
})

export const MonitorStateSchema = v.strictObject({
  machine: MachineRefSchema,
  /** slow: no sample for longer than expected, the last one stays; restarting: the sampler ended and is started again. */
  state: v.picklist(['starting', 'running', 'slow', 'restarting', 'failed', 'stopped']),
  /** Why it is slow, restarting or failed. */
  finding: v.nullable(FindingSchema),
  /** How often it has been restarted since it last ran well. */
  restarts: v.number(),
  /** Between samples. */
  intervalMs: v.number()
})

/** Shortest and longest time between samples. The vendor's tool takes up to half a second for a reading. */
export const MONITOR_INTERVAL_MS = { shortest: 500, usual: 1000, longest: 60_000 } as const

/** A view that watches says so again within this time, else the sampler stops: a closed browser tab says no goodbye. */
export const MONITOR_LEASE_MS = 15_000

export type DeviceSample = v.InferOutput<typeof DeviceSampleSchema>
export type ProcessSample = v.InferOutput<typeof ProcessSampleSchema>
export type Sample = v.InferOutput<typeof SampleSchema>
export type MonitorState = v.InferOutput<typeof MonitorStateSchema>
