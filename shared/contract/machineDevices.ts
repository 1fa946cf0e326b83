import { featuresOf, featuresOfCapability, findGpu, UNKNOWN_FEATURES, usableOfTotal, type CatalogGpu } from '../catalog/index.ts'
import type { Holder, TargetDevice, TargetHost } from '../fit/index.ts'
import { bytes, GIB, type Bytes } from '../units/index.ts'
import type { DetectedGpu, Detection, GpuMemory } from './hardware.ts'

/**
 * Under WSL and WDDM less than what is reported free can really be resident: about 2 GiB free and no more allocations were
 * reported (microsoft/WSL issue 41176).
 */
const RESIDENCY_MARGIN = GIB

/**
 * What a plan can be judged against on a detected machine: each card that says how much memory it has, and of a partitioned
 * card its MIG slices, since a process never gets more than one. Cards of unknown memory and the graphics of a processor are
 * left out.
 */
export function machineDevices (detection: Detection, machine = 'local'): TargetDevice[] {
  const inWsl = detection.host.environment.includes('wsl')
  const owner: Owner = { machine, inWsl, ramFree: detection.host.ramFreeBytes }
  return detection.gpus.filter((gpu) => gpu.kind !== 'integrated').flatMap((gpu) => gpu.mig?.enabled
    ? gpu.mig.slices.flatMap(({ gpuInstance, profile, memory }) => device(gpu, memory, `/mig-${gpuInstance}`, ` (MIG ${profile ?? gpuInstance})`, owner))
    : device(gpu, gpu.memory, '', '', owner))
}

/** The host of a detected machine. */
export const machineHost = ({ host }: Detection): TargetHost => ({
  name: host.name,
  ramTotal: host.ramTotalBytes > 0 ? bytes(host.ramTotalBytes) : null,
  ramFree: host.ramTotalBytes > 0 ? bytes(host.ramFreeBytes) : null,
  diskFree: host.disk && bytes(host.disk.freeBytes)
})

interface Owner {
  readonly machine: string
  readonly inWsl: boolean
  readonly ramFree: number
}

function device (gpu: DetectedGpu, memory: GpuMemory, idSuffix: string, nameSuffix: string, { machine, inWsl, ramFree }: Owner): TargetDevice[] {
  if (memory.totalBytes === null) return []
  const catalog = gpu.catalogId === null ? null : findGpu(gpu.catalogId)
  const spills = inWsl || gpu.driverModel === 'WDDM'
  const isSlice = idSuffix !== ''
  const usable = usableMemory(gpu, memory, isSlice ? null : catalog) - (spills ? RESIDENCY_MARGIN : 0)
  const used = memory.usedBytes ?? (memory.freeBytes === null ? 0 : Math.max(0, memory.totalBytes - (memory.reservedBytes ?? 0) - memory.freeBytes))
  const free = Math.min(memory.freeBytes ?? Infinity, usable - used, gpu.unifiedMemory && ramFree > 0 ? ramFree : Infinity)
  return [{
    id: `${machine === 'local' ? '' : `${machine}/`}${gpu.key}${idSuffix}`,
    name: `${gpu.name}${nameSuffix}`,
    capacity: bytes(Math.max(0, usable)),
    free: bytes(Math.max(0, free)),
    origin: 'detected',
    computeCapability: gpu.computeCapability,
    vendor: gpu.vendor,
    features: gpu.computeCapability !== null ? featuresOfCapability(gpu.computeCapability) : catalog ? featuresOf(catalog) : UNKNOWN_FEATURES,
    // MIG rows of the process list name the card, not the slice.
    holders: isSlice ? null : holdersOf(gpu),
    ...memory.freeBytes === null && memory.usedBytes === null ? { useIsUnknown: true } : {},
    displayActive: gpu.displayActive ?? false,
    spills,
    sharesHostMemory: gpu.unifiedMemory,
    machine
  }]
}

/** CUDA's own total where the catalog knows it of this very size; a card with other memory than the catalog's is its own truth. */
function usableMemory ({ vendor, unifiedMemory }: DetectedGpu, { totalBytes, reservedBytes }: GpuMemory, catalog: CatalogGpu | null): Bytes {
  const total = totalBytes!
  const cuda = catalog?.memory.cudaBytes ?? null
  if (cuda !== null && catalog!.memory.reportedBytes === total) return bytes(Math.min(cuda, total))
  return usableOfTotal(total, unifiedMemory ? 0 : reservedBytes, vendor === 'nvidia')
}

function holdersOf ({ processes }: DetectedGpu): readonly Holder[] | null {
  return processes && processes
    .map(({ pid, name, usedBytes }) => ({ pid, name, bytes: usedBytes === null ? null : bytes(usedBytes) }))
    .sort((a, b) => (b.bytes ?? 0) - (a.bytes ?? 0))
}
