import * as v from 'valibot'

/* What a detection of the host's hardware returns. Unknown stays null: no figure is ever invented. */

const byteCount = v.nullable(v.pipe(v.number(), v.minValue(0)))

export const GpuProcessSchema = v.strictObject({
  pid: v.number(),
  name: v.nullable(v.string()),
  type: v.nullable(v.string()),
  usedBytes: byteCount
})

export const DetectedGpuSchema = v.strictObject({
  vendor: v.literal('nvidia'),
  index: v.number(),
  uuid: v.nullable(v.string()),
  name: v.string(),
  /** Catalog entry that the reported name and memory match, null when none does. */
  catalogId: v.nullable(v.string()),
  memory: v.strictObject({ totalBytes: byteCount, reservedBytes: byteCount, usedBytes: byteCount, freeBytes: byteCount }),
  /** True where CPU and GPU share one memory (GB10, Jetson). */
  unifiedMemory: v.boolean(),
  computeCapability: v.nullable(v.string()),
  pciBusId: v.nullable(v.string()),
  displayActive: v.nullable(v.boolean()),
  mig: v.nullable(v.strictObject({ enabled: v.boolean(), instances: v.number() })),
  processes: v.array(GpuProcessSchema)
})

/** One thing found out while looking: not always an error. `no-nvidia-smi` is the normal state of a machine without an NVIDIA driver. */
export const FindingSchema = v.strictObject({
  code: v.picklist([
    'no-nvidia-smi', 'no-devices', 'timed-out', 'driver-not-loaded', 'version-mismatch', 'no-permission',
    'gpu-lost', 'failed', 'unreadable-output', 'too-much-output', 'incomplete-device'
  ]),
  severity: v.picklist(['info', 'warning', 'error']),
  /** What the tool itself said, shortened. */
  detail: v.nullable(v.string())
})

export const DetectionSchema = v.strictObject({
  gpus: v.array(DetectedGpuSchema),
  findings: v.array(FindingSchema),
  driverVersion: v.nullable(v.string()),
  cudaVersion: v.nullable(v.string()),
  host: v.strictObject({ name: v.string(), platform: v.string(), ramTotalBytes: v.number(), ramFreeBytes: v.number(), cpuCount: v.number() }),
  /** ISO 8601. */
  at: v.string()
})

export type GpuProcess = v.InferOutput<typeof GpuProcessSchema>
export type DetectedGpu = v.InferOutput<typeof DetectedGpuSchema>
export type Finding = v.InferOutput<typeof FindingSchema>
export type Detection = v.InferOutput<typeof DetectionSchema>
