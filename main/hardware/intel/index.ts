import type { DetectedGpu, DeviceSample } from '#shared/contract/index.ts'
import type { VendorSupport } from '../evidence.ts'
import { INTEL_FILES, readDrmIntel } from './drm.ts'
import { INTEL_PROBES } from './probes.ts'
import { readIntel } from './read.ts'

/** Intel's GPUs: xpu-smi, the kernel's i915 and xe; under Windows the system's list of adapters. */
export const intel: VendorSupport = { vendor: 'intel', probes: INTEL_PROBES, files: INTEL_FILES, variables: ['ZE_AFFINITY_MASK'], read: readIntel }

export const INTEL_LIVE_FILES: readonly string[] = INTEL_FILES

/** The present figures of Intel's GPUs from the kernel's files: heat always, memory where the kernel tells it. */
export function sampleOf (files: ReadonlyMap<string, string>, gpus: readonly DetectedGpu[]): DeviceSample[] {
  const cards = readDrmIntel(files)
  return gpus.filter((gpu) => gpu.vendor === 'intel').flatMap((gpu) => {
    const card = cards.find((each) => each.busId !== null && each.busId === gpu.pciBusId)
    if (card === undefined) return []
    const { usedBytes, totalBytes, temperatureC } = card
    return [{ key: gpu.key, usedBytes, freeBytes: usedBytes === null ? null : totalBytes! - usedBytes, totalBytes, utilization: null, temperatureC, powerWatts: null }]
  })
}
