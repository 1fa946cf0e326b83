import type { DetectedGpu } from '#shared/contract/index.ts'
import { instanceProfile, readList, type ListedGpu } from './list.ts'

/**
 * Adds the profiles and UUIDs of MIG slices from `nvidia-smi -L`, which lists a card's MIG devices in the order of the report.
 * A slice with several compute instances gets the UUID of the first: each of them has the slice's memory.
 */
export function withMigNames (gpus: readonly DetectedGpu[], migDevices: ReadonlyMap<string, readonly (number | null)[]>, output: string): DetectedGpu[] {
  const listed = readList(output)
  return gpus.map((gpu) => {
    const instances = migDevices.get(gpu.key) ?? []
    const names = listedAs(gpu, listed)?.migDevices ?? []
    // Another count: instances were made or removed between the two calls.
    if (gpu.mig === null || names.length !== instances.length) return gpu
    const slices = gpu.mig.slices.map((slice) => {
      const first = names[instances.indexOf(slice.gpuInstance)]
      return first === undefined ? slice : { ...slice, profile: instanceProfile(first.profile), uuid: first.uuid }
    })
    return { ...gpu, mig: { ...gpu.mig, slices } }
  })
}

function listedAs (gpu: DetectedGpu, listed: readonly ListedGpu[]): ListedGpu | undefined {
  const own = listed.filter((other) => other.uuid !== null && other.uuid === gpu.uuid)
  return own.length === 1 ? own[0] : listed.find((other) => other.index === gpu.index)
}
