import type { DetectedGpu, GpuMemory, GpuProcess, MigSlice } from '#shared/contract/index.ts'
import { at, rawAt, readElements, valueAt, type Element } from './element.ts'

export interface Report {
  readonly driverVersion: string | null
  readonly cudaVersion: string | null
  /** The driver names CUDA's version with an error in its place. */
  readonly cudaBroken: boolean
  /** What only the catalog or another probe knows (compute capability, MIG profiles) is added later. */
  readonly gpus: readonly DetectedGpu[]
  /** The report ends where it should, and lists as many cards as it says are attached. */
  readonly complete: boolean
  /** `attached_gpus`, null when the driver is too old to say. */
  readonly attached: number | null
}

/** Reads the output of `nvidia-smi -q -x`, drivers 418 to 610. Null when it holds no report. */
export function readReport (text: string): Report | null {
  const log = readElements(text)
  if (log === null) return null
  const gpus = log.children.filter((child) => child.name === 'gpu' && child.closed).map(readGpu)
  const attached = count(valueAt(log, 'attached_gpus'))
  const cuda = rawAt(log, 'cuda_version') ?? rawAt(log, 'cuda_umd_version')
  return {
    driverVersion: version(valueAt(log, 'driver_version') ?? valueAt(log, 'kmd_version')),
    cudaVersion: version(valueAt(log, 'cuda_version') ?? valueAt(log, 'cuda_umd_version')),
    cudaBroken: cuda !== null && /^\[?(err!|not found)\]?$/i.test(cuda),
    gpus,
    complete: log.closed && (attached === null || attached === gpus.length),
    attached
  }
}

function readGpu (gpu: Element, index: number): DetectedGpu {
  // Only the card's own figures: with MIG on, slices have elements of the same name.
  const memory = readMemory(at(gpu, 'fb_memory_usage'))
  const name = valueAt(gpu, 'product_name') ?? 'NVIDIA GPU'
  const uuid = valueAt(gpu, 'uuid')
  const pciBusId = busId(gpu.id ?? valueAt(gpu, 'pci', 'pci_bus_id'))
  const unifiedMemory = UNIFIED.test(name)
  return {
    vendor: 'nvidia',
    key: uuid ?? pciBusId ?? `nvidia-${index}`,
    index,
    uuid,
    name,
    kind: unifiedMemory ? 'unified' : 'gpu',
    cardKey: null,
    catalogId: null,
    memory,
    memorySource: memory.totalBytes === null ? null : 'nvidia-smi',
    unifiedMemory,
    computeCapability: null,
    architecture: valueAt(gpu, 'product_architecture'),
    pciBusId,
    pciDeviceId: pciDeviceId(valueAt(gpu, 'pci', 'pci_device_id')),
    displayActive: enabled(valueAt(gpu, 'display_active')),
    driverModel: valueAt(gpu, 'driver_model', 'current_dm') ?? valueAt(gpu, 'driver_model', 'current'),
    computeMode: valueAt(gpu, 'compute_mode'),
    eccEnabled: enabled(valueAt(gpu, 'ecc_mode', 'current_ecc')),
    mig: readMig(gpu),
    processes: (at(gpu, 'processes')?.children ?? []).filter((child) => child.name === 'process_info').flatMap(readProcess),
    temperatureC: quantity(valueAt(gpu, 'temperature', 'gpu_temp'), 'C'),
    powerWatts: power(gpu, 'power_draw', 'instant_power_draw', 'average_power_draw'),
    powerLimitWatts: power(gpu, 'current_power_limit', 'enforced_power_limit', 'power_limit'),
    utilization: share(valueAt(gpu, 'utilization', 'gpu_util')),
    asleep: false
  }
}

/** The devices known to share one memory with the CPU. A missing figure on any other card is a fault. */
const UNIFIED = /\b(GB10|N1X|Thor|Orin|Xavier)\b/i

function readMemory (usage: Element | null): GpuMemory {
  const read = (name: string): number | null => usage === null ? null : memorySize(valueAt(usage, name))
  const totalBytes = read('total')
  // A figure beyond the total is an unsigned underflow or damage, not a size.
  const bounded = (bytes: number | null): number | null => bytes !== null && totalBytes !== null && bytes > totalBytes ? null : bytes
  return { totalBytes, reservedBytes: bounded(read('reserved')), usedBytes: bounded(read('used')), freeBytes: bounded(read('free')) }
}

function readMig (gpu: Element): DetectedGpu['mig'] {
  const enabledNow = enabled(valueAt(gpu, 'mig_mode', 'current_mig'))
  if (enabledNow === null) return null
  const devices = (at(gpu, 'mig_devices')?.children ?? []).filter((child) => child.name === 'mig_device' && child.closed)
  const slices = new Map<number, MigSlice>()
  for (const device of devices) {
    const gpuInstance = count(valueAt(device, 'gpu_instance_id'))
    if (gpuInstance !== null && !slices.has(gpuInstance)) slices.set(gpuInstance, { gpuInstance, profile: null, uuid: null, memory: readMemory(at(device, 'fb_memory_usage')) })
  }
  return { enabled: enabledNow, instances: devices.length, slices: [...slices.values()] }
}

function readProcess (info: Element): GpuProcess[] {
  const pid = count(valueAt(info, 'pid'))
  if (pid === null) return []
  return [{ pid, name: valueAt(info, 'process_name'), type: valueAt(info, 'type'), usedBytes: memorySize(valueAt(info, 'used_memory')) }]
}

const UNITS: Readonly<Record<string, number>> = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 }
const LARGEST = 2 * 1024 ** 4

/** `24576 MiB` in bytes; null for anything that is not such a figure, or that no GPU can have. */
function memorySize (text: string | null): number | null {
  const match = /^(\d+(?:\.\d+)?)\s*(B|KiB|MiB|GiB)$/.exec(text ?? '')
  if (match === null) return null
  const bytes = Number(match[1]) * UNITS[match[2]!]!
  return Number.isInteger(bytes) && bytes <= LARGEST ? bytes : null
}

/** The first of the values that is a figure, where drivers before 535 keep power, or where later ones do. */
function power (gpu: Element, ...names: readonly string[]): number | null {
  for (const group of ['gpu_power_readings', 'power_readings']) {
    for (const name of names) {
      const watts = quantity(valueAt(gpu, group, name), 'W')
      if (watts !== null) return watts
    }
  }
  return null
}

/** `61.27 W` as a number, null for any other unit or none. */
function quantity (text: string | null, unit: string): number | null {
  const match = /^(-?\d{1,6}(?:\.\d+)?)\s*(\w+)$/.exec(text ?? '')
  return match !== null && match[2] === unit ? Number(match[1]) : null
}

function share (text: string | null): number | null {
  const percent = /^(\d{1,3})\s*%$/.exec(text ?? '')?.[1]
  return percent !== undefined && Number(percent) <= 100 ? Number(percent) / 100 : null
}

/** `218210DE`, device then vendor, as `10de:2182`. */
function pciDeviceId (text: string | null): string | null {
  const match = /^(?:0x)?([0-9a-f]{4})([0-9a-f]{4})$/i.exec(text ?? '')
  return match === null ? null : `${match[2]!}:${match[1]!}`.toLowerCase()
}

/** Newer drivers append a note to the number. */
const version = (text: string | null): string | null => /^\d[\w.]*/.exec(text ?? '')?.[0] ?? null

const count = (text: string | null): number | null => /^\d{1,10}$/.test(text ?? '') ? Number(text) : null

const enabled = (text: string | null): boolean | null => text === 'Enabled' || text === 'Yes' ? true : text === 'Disabled' || text === 'No' ? false : null

/** `0000:01:00.0` and `00000000:01:00.0` name the same place; the long form is kept, in lower case. */
function busId (text: string | null): string | null {
  const match = /^([0-9a-f]{4,8}):([0-9a-f]{2}:[0-9a-f]{2}\.[0-9a-f])$/i.exec(text ?? '')
  return match === null ? null : `${match[1]!.padStart(8, '0')}:${match[2]!}`.toLowerCase()
}
