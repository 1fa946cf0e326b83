import type { DetectedGpu, MigSlice } from '#shared/contract/index.ts'
import { at, valueAt, type Element } from './element.ts'
import { count, enabled } from './figures.ts'
import { readMemory } from './readMemory.ts'

/**
 * How a card is divided. Compute instances of one GPU instance share its memory, so slices are GPU instances.
 */
export function readMig (gpu: Element): DetectedGpu['mig'] {
  const enabledNow = enabled(valueAt(gpu, 'mig_mode', 'current_mig') ?? valueAt(gpu, 'mig_mode', 'current'))
  if (enabledNow === null) return null
  const slices = new Map<number, MigSlice>()
  const devices = migDevices(gpu)
  for (const device of devices) {
    const gpuInstance = gpuInstanceOf(device)
    if (gpuInstance === null || slices.has(gpuInstance)) continue
    slices.set(gpuInstance, { gpuInstance, profile: null, uuid: null, memory: readMemory(at(device, 'fb_memory_usage') ?? at(device, 'shared_fb_memory_usage')) })
  }
  return { enabled: enabledNow, instances: devices.length, slices: [...slices.values()] }
}

/** The GPU instance of each MIG device, in the order of the report; `nvidia-smi -L` lists them in the same. */
export const gpuInstances = (gpu: Element): (number | null)[] => migDevices(gpu).map(gpuInstanceOf)

const gpuInstanceOf = (device: Element): number | null => count(valueAt(device, 'gpu_instance_id'))

/** In the XML under an element of their own, in the listing right under the card. */
const migDevices = (gpu: Element): Element[] =>
  [...at(gpu, 'mig_devices')?.children ?? [], ...gpu.children].filter((child) => child.name === 'mig_device' && child.closed)
