import type { TargetDevice } from '../fit/index.ts'
import { bytes } from '../units/index.ts'
import type { DetectedGpu, Detection, GpuMemory } from './hardware.ts'

/**
 * What a plan can be judged against on a detected machine: each card that says how much memory it has, and of a partitioned
 * card its MIG slices, since a process never gets more than one. Cards of unknown memory are left out.
 */
export function machineDevices (detection: Detection): TargetDevice[] {
  return detection.gpus.flatMap((gpu) => gpu.mig?.enabled
    ? gpu.mig.slices.flatMap(({ gpuInstance, memory }) => device(gpu, memory, `/mig-${gpuInstance}`, ` (MIG ${gpuInstance})`))
    : device(gpu, gpu.memory, '', ''))
}

function device (gpu: DetectedGpu, { totalBytes, freeBytes }: GpuMemory, idSuffix: string, nameSuffix: string): TargetDevice[] {
  if (totalBytes === null) return []
  return [{
    id: `${gpu.uuid ?? `gpu-${gpu.index}`}${idSuffix}`,
    name: `${gpu.name}${nameSuffix}`,
    capacity: bytes(totalBytes),
    free: bytes(freeBytes ?? totalBytes),
    origin: 'detected',
    computeCapability: gpu.computeCapability
  }]
}
