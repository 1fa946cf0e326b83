import type { DetectedGpu, DeviceSample } from '#shared/contract/index.ts'

/** The device with what the newest sample says of it. What a sample does not tell stays as it was detected. */
export function live (gpu: DetectedGpu, sample: DeviceSample | undefined): DetectedGpu {
  if (!sample) return gpu
  return {
    ...gpu,
    memory: {
      totalBytes: sample.totalBytes ?? gpu.memory.totalBytes,
      reservedBytes: gpu.memory.reservedBytes,
      usedBytes: sample.usedBytes ?? gpu.memory.usedBytes,
      freeBytes: sample.freeBytes ?? gpu.memory.freeBytes
    },
    utilization: sample.utilization ?? gpu.utilization,
    temperatureC: sample.temperatureC ?? gpu.temperatureC,
    powerWatts: sample.powerWatts ?? gpu.powerWatts
  }
}
