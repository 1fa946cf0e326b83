import * as v from 'valibot'

/* What a detection of a host's hardware returns. Unknown stays null: no figure is ever invented. */

const byteCount = v.nullable(v.pipe(v.number(), v.minValue(0)))

/** The catalog's vendors: who made the device. */
export const VENDORS = [
  'nvidia', 'amd', 'intel', 'apple', 'huawei', 'habana', 'google', 'aws', 'moorethreads', 'metax', 'hygon', 'thead', 'cambricon',
  'iluvatar', 'kunlunxin', 'enflame', 'biren'
] as const
export const VendorSchema = v.picklist(VENDORS)

export const GpuProcessSchema = v.strictObject({
  pid: v.number(),
  name: v.nullable(v.string()),
  /** NVIDIA's letters: C compute, G graphics, C+G both; null elsewhere. */
  type: v.nullable(v.string()),
  usedBytes: byteCount
})

const MemorySchema = v.strictObject({ totalBytes: byteCount, reservedBytes: byteCount, usedBytes: byteCount, freeBytes: byteCount })

/** A part of a GPU's memory cut off by MIG (a GPU instance). Compute instances inside it share this one memory. */
export const MigSliceSchema = v.strictObject({
  gpuInstance: v.number(),
  /** As `nvidia-smi -L` names it, `3g.40gb`; null when that was not asked. */
  profile: v.nullable(v.string()),
  uuid: v.nullable(v.string()),
  memory: MemorySchema
})

export const DetectedGpuSchema = v.strictObject({
  vendor: VendorSchema,
  /** The same device in every reading of its machine: the UUID, else the bus id, else vendor and index. */
  key: v.string(),
  /** The vendor tool's own number. */
  index: v.number(),
  uuid: v.nullable(v.string()),
  name: v.string(),
  /** partition: one of several logical devices of a card (AMD CPX, two chips of an Ascend A3), told by `cardKey`. */
  kind: v.picklist(['gpu', 'integrated', 'unified', 'npu', 'vgpu', 'partition']),
  /** What the partitions of one card have in common, null for a whole card. */
  cardKey: v.nullable(v.string()),
  /** Catalog entry that the reported name, PCI id and memory match, null when none does. */
  catalogId: v.nullable(v.string()),
  memory: MemorySchema,
  /** Where the memory figures come from: a tool's name, `sysfs`, `meminfo`, `catalog`; null when there are none. */
  memorySource: v.nullable(v.string()),
  /** True where CPU and GPU share one memory (GB10, Jetson, Apple, APUs). */
  unifiedMemory: v.boolean(),
  /** CUDA compute capability `8.0`, null when unknown or not NVIDIA. */
  computeCapability: v.nullable(v.string()),
  /** The vendor's name of the instruction set: AMD's `gfx942`. */
  architecture: v.nullable(v.string()),
  pciBusId: v.nullable(v.string()),
  /** `vendor:device` in lower case, `10de:2684`. */
  pciDeviceId: v.nullable(v.string()),
  displayActive: v.nullable(v.boolean()),
  /** WDDM, TCC or MCDM under Windows. Under WDDM and WSL allocations beyond the memory move to the host's RAM. */
  driverModel: v.nullable(v.string()),
  /** `Default`, `Exclusive_Process`, `Prohibited`. */
  computeMode: v.nullable(v.string()),
  eccEnabled: v.nullable(v.boolean()),
  /** null when the card cannot be partitioned. `instances` counts MIG devices; a process sees one slice, never the whole card. */
  mig: v.nullable(v.strictObject({ enabled: v.boolean(), instances: v.number(), slices: v.array(MigSliceSchema) })),
  /** null: the platform does not tell (Windows WDDM, WSL, a container, most vendors). */
  processes: v.nullable(v.array(GpuProcessSchema)),
  temperatureC: v.nullable(v.number()),
  powerWatts: v.nullable(v.number()),
  powerLimitWatts: v.nullable(v.number()),
  /** Share of time that kernels ran, 0 … 1. */
  utilization: v.nullable(v.number()),
  /** A laptop's GPU that the system has suspended; it was not woken to ask. */
  asleep: v.boolean()
})

/** One thing found out while looking: not always an error. `no-nvidia-smi` is the normal state of a machine without an NVIDIA driver. */
export const FINDING_CODES = [
  'no-nvidia-smi', 'no-nvidia-tools', 'no-devices', 'timed-out', 'driver-not-loaded', 'version-mismatch', 'tool-mismatch', 'no-library',
  'no-permission', 'wsl-blocked', 'container-lost', 'gpu-lost', 'gpu-unreachable', 'inforom-corrupted', 'failed',
  'unreadable-output', 'too-much-output', 'incomplete-list', 'incomplete-device', 'inconsistent-memory',
  'unified-memory', 'mig-without-instances', 'compute-restricted', 'no-cuda',
  // Seen without a vendor tool: PCI devices, system files, environment.
  'card-without-driver', 'open-driver', 'passed-through', 'gpu-asleep', 'hidden-devices', 'shared-limit', 'unlicensed-vgpu',
  'lone-gpu', 'fabric-not-ready', 'over-committed', 'login-node', 'integrated-only', 'unknown-device',
  // Other vendors.
  'amd-groups', 'amd-hung', 'amd-no-tool', 'intel-no-memory', 'apple-estimated', 'apple-intel-mac', 'ascend-in-use', 'ascend-no-dcmi',
  'ascend-no-memory', 'windows-capped-memory', 'rocm-windows', 'vendor-tool-failed',
  'device-unhealthy', 'no-gpu', 'virtual-display',
  // Remote hosts.
  'ssh-missing', 'ssh-auth', 'ssh-hostkey-unknown', 'ssh-hostkey-changed', 'ssh-unreachable', 'ssh-dns', 'ssh-config', 'ssh-mux',
  'ssh-algorithm', 'ssh-agent', 'ssh-timed-out', 'ssh-failed', 'ssh-no-shell',
  // The live monitor.
  'monitor-ended', 'monitor-silent', 'monitor-nothing'
] as const

export const FindingSchema = v.strictObject({
  code: v.picklist(FINDING_CODES),
  severity: v.picklist(['info', 'warning', 'error']),
  /** What the tool itself said, shortened; serial numbers and UUIDs masked. */
  detail: v.nullable(v.string()),
  vendor: v.nullable(VendorSchema),
  /** The device concerned, null when it is the machine. */
  deviceKey: v.nullable(v.string())
})

/** How two devices reach each other, fastest first; the words are nvidia-smi's. */
export const LINK_KINDS = ['nvlink', 'xgmi', 'pix', 'pxb', 'phb', 'node', 'sys'] as const

export const TopologySchema = v.strictObject({
  links: v.array(v.strictObject({
    a: v.string(),
    b: v.string(),
    kind: v.picklist(LINK_KINDS),
    /** Bonded NVLinks, null for other kinds. */
    lanes: v.nullable(v.number())
  })),
  /** Groups of device keys connected by NVLink or XGMI, largest first; a device alone is not listed. */
  islands: v.array(v.array(v.string()))
})

export const ProbeReportSchema = v.strictObject({
  /** The name of the probe, such as `nvidia-smi -q -x`. */
  name: v.string(),
  vendor: v.nullable(VendorSchema),
  path: v.nullable(v.string()),
  outcome: v.picklist(['exited', 'not-started', 'timed-out', 'too-much-output']),
  status: v.nullable(v.number()),
  milliseconds: v.number()
})

export const HostFactsSchema = v.strictObject({
  name: v.string(),
  platform: v.string(),
  /** 0 when unknown, which only a remote host can be. */
  ramTotalBytes: v.number(),
  /** What a new process can have (MemAvailable), not merely what is unused. */
  ramFreeBytes: v.number(),
  cpuCount: v.number(),
  /** Of the file system that holds the working folder (local) or the home folder (remote). */
  disk: v.nullable(v.strictObject({ path: v.string(), totalBytes: v.number(), freeBytes: v.number() })),
  environment: v.array(v.picklist(['wsl', 'container', 'login-node']))
})

export const DetectionSchema = v.strictObject({
  gpus: v.array(DetectedGpuSchema),
  findings: v.array(FindingSchema),
  /** Of NVIDIA's driver. */
  driverVersion: v.nullable(v.string()),
  /** The newest CUDA that NVIDIA's driver supports, not the installed toolkit. */
  cudaVersion: v.nullable(v.string()),
  topology: v.nullable(TopologySchema),
  host: HostFactsSchema,
  probes: v.array(ProbeReportSchema),
  /** ISO 8601. */
  at: v.string()
})

export type Vendor = v.InferOutput<typeof VendorSchema>
export type GpuProcess = v.InferOutput<typeof GpuProcessSchema>
export type DetectedGpu = v.InferOutput<typeof DetectedGpuSchema>
export type MigSlice = v.InferOutput<typeof MigSliceSchema>
export type GpuMemory = DetectedGpu['memory']
export type Finding = v.InferOutput<typeof FindingSchema>
export type FindingCode = (typeof FINDING_CODES)[number]
export type Topology = v.InferOutput<typeof TopologySchema>
export type LinkKind = (typeof LINK_KINDS)[number]
export type ProbeReport = v.InferOutput<typeof ProbeReportSchema>
export type HostFacts = v.InferOutput<typeof HostFactsSchema>
export type Detection = v.InferOutput<typeof DetectionSchema>
