import type { DetectedGpu } from '#shared/contract/index.ts'
import { rawAt, readElements, valueAt, type Element } from './element.ts'
import { count, version } from './figures.ts'
import { readListing } from './listing.ts'
import { readGpu, type Remark } from './readGpu.ts'
import { gpuInstances } from './readMig.ts'

export interface Report {
  readonly driverVersion: string | null
  readonly cudaVersion: string | null
  /** The driver names CUDA's version with an error in its place. */
  readonly cudaBroken: boolean
  /** What only the catalog or another probe knows (compute capability, MIG profiles) is added later. */
  readonly gpus: readonly DetectedGpu[]
  readonly remarks: readonly Remark[]
  /** By the card's key: the GPU instance of each of its MIG devices, in order. */
  readonly migDevices: ReadonlyMap<string, readonly (number | null)[]>
  /** MIG devices are not listed in full, so their absence means nothing. */
  readonly migUnknown?: boolean
  /** The report ends where it should, and lists as many cards as it says are attached. */
  readonly complete: boolean
  /** `attached_gpus`, null when the driver is too old to say. */
  readonly attached: number | null
}

/** Reads the output of `nvidia-smi -q -x`, drivers 418 to 610. Null when it holds no report. */
export function readReport (text: string): Report | null {
  const log = readElements(text)
  return log === null ? null : readLog(log)
}

/** Reads the output of `nvidia-smi -q`, drivers 375 to 610, as people paste it. Null when it holds no listing. */
export function readListedReport (text: string): Report | null {
  const log = readListing(text)
  return log === null ? null : readLog(log)
}

function readLog (log: Element): Report {
  const elements = log.children.filter((child) => child.name === 'gpu' && child.closed)
  const read = elements.map(readGpu)
  const gpus = withOwnKeys(read.map(({ gpu }) => gpu))
  const attached = count(valueAt(log, 'attached_gpus'))
  const cuda = rawAt(log, 'cuda_version') ?? rawAt(log, 'cuda_umd_version')
  return {
    driverVersion: version(valueAt(log, 'driver_version') ?? valueAt(log, 'kmd_version')),
    cudaVersion: version(valueAt(log, 'cuda_version') ?? valueAt(log, 'cuda_umd_version')),
    cudaBroken: cuda !== null && /^\[?(err!|not found)\]?$/i.test(cuda),
    gpus,
    remarks: read.flatMap(({ remarks }, i) => remarks.map((remark) => ({ ...remark, gpu: gpus[i]! }))),
    migDevices: new Map(elements.map((element, i) => [gpus[i]!.key, gpuInstances(element)])),
    complete: log.closed && (attached === null || attached === gpus.length),
    attached
  }
}

/** A key names one card. Where UUIDs repeat (masked ones do), the bus id stands in, else the index. */
function withOwnKeys (gpus: readonly DetectedGpu[]): DetectedGpu[] {
  const repeats = (value: string | null, of: (gpu: DetectedGpu) => string | null): boolean => value === null || gpus.filter((gpu) => of(gpu) === value).length > 1
  return gpus.map((gpu) => {
    if (!repeats(gpu.uuid, (other) => other.uuid)) return gpu
    return { ...gpu, key: repeats(gpu.pciBusId, (other) => other.pciBusId) ? `nvidia-${gpu.index}` : gpu.pciBusId! }
  })
}
