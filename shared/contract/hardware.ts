import * as v from 'valibot'

/* What a detection of the host's hardware returns. Unknown stays null: no figure is ever invented. */

const byteCount = v.nullable(v.pipe(v.number(), v.minValue(0)))

export const GpuProcessSchema = v.strictObject({
  pid: v.number(),
  name: v.nullable(v.string()),
  type: v.nullable(v.string()),
  usedBytes: byteCount
})

const MemorySchema = v.strictObject({ totalBytes: byteCount, reservedBytes: byteCount, usedBytes: byteCount, freeBytes: byteCount })

/** A part of a GPU's memory cut off by MIG (a GPU instance). Compute instances inside it share this one memory. */
export const MigSliceSchema = v.strictObject({ gpuInstance: v.number(), memory: MemorySchema })

export const DetectedGpuSchema = v.strictObject({
  vendor: v.literal('nvidia'),
  index: v.number(),
  uuid: v.nullable(v.string()),
  name: v.string(),
  /** Catalog entry that the reported name and memory match, null when none does. */
  catalogId: v.nullable(v.string()),
  memory: MemorySchema,
  /** True where CPU and GPU share one memory (GB10, Jetson). */
  unifiedMemory: v.boolean(),
  computeCapability: v.nullable(v.string()),
  pciBusId: v.nullable(v.string()),
  displayActive: v.nullable(v.boolean()),
  /** null when the card cannot be partitioned. `instances` counts MIG devices; a process sees one slice, never the whole card. */
  mig: v.nullable(v.strictObject({ enabled: v.boolean(), instances: v.number(), slices: v.array(MigSliceSchema) })),
  processes: v.array(GpuProcessSchema)
})

/** One thing found out while looking: not always an error. `no-nvidia-smi` is the normal state of a machine without an NVIDIA driver. */
export const FindingSchema = v.strictObject({
  code: v.picklist([
    'no-nvidia-smi', 'no-devices', 'timed-out', 'driver-not-loaded', 'version-mismatch', 'tool-mismatch', 'no-library',
    'no-permission', 'wsl-blocked', 'container-lost', 'gpu-lost', 'gpu-unreachable', 'inforom-corrupted', 'failed',
    'unreadable-output', 'too-much-output', 'incomplete-list', 'incomplete-device', 'inconsistent-memory',
    'unified-memory', 'mig-without-instances', 'compute-restricted', 'no-cuda'
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
export type MigSlice = v.InferOutput<typeof MigSliceSchema>
export type GpuMemory = DetectedGpu['memory']
export type Finding = v.InferOutput<typeof FindingSchema>
export type Detection = v.InferOutput<typeof DetectionSchema>
