import type { DetectedGpu, DeviceSample } from '#shared/contract/index.ts'
import { meminfo } from '../hostFacts.ts'
import { isApu } from '../reading/apu.ts'
import { DRM_LIVE_FILES, readDrm } from './drm.ts'
import { apuMemory, cardMemory } from './memory.ts'
import { NO_MEMORY } from '../reading/figures.ts'

/** What `sampleOf` reads, cheap enough for every second. */
export const AMD_LIVE_FILES: readonly string[] = [...DRM_LIVE_FILES, '/proc/meminfo']

/** The present figures of AMD's devices from the kernel's files. Partitions have none of their own but heat and power of their card. */
export function sampleOf (files: ReadonlyMap<string, string>, gpus: readonly DetectedGpu[]): DeviceSample[] {
  const cards = readDrm(files)
  const ram = { ramTotalBytes: meminfo(files, 'MemTotal') ?? 0, ramFreeBytes: meminfo(files, 'MemAvailable') ?? 0 }
  const own = gpus.filter((gpu) => gpu.vendor === 'amd')
  return own.flatMap((gpu) => {
    const isPartition = gpu.kind === 'partition'
    const drm = cards.find((card) => card.busId === null ? own.length === 1 && cards.length === 1 : card.busId === gpu.pciBusId)
    if (drm === undefined) return []
    const sources = { busId: drm.busId, isPartition: false, drm, kfd: null, amdSmi: null, rocmSmi: null }
    const { memory } = isPartition ? { memory: NO_MEMORY } : gpu.unifiedMemory || isApu(drm.deviceId, gpu.architecture) ? apuMemory(sources, drm.deviceId, ram) : cardMemory(sources)
    return [{
      key: gpu.key,
      usedBytes: memory.usedBytes,
      freeBytes: memory.freeBytes,
      totalBytes: memory.totalBytes,
      utilization: isPartition ? null : drm.utilization,
      temperatureC: drm.temperatureC,
      powerWatts: drm.powerWatts
    }]
  })
}
