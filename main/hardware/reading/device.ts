import type { DetectedGpu, Vendor } from '#shared/contract/index.ts'
import { NO_MEMORY } from './figures.ts'

/** A device with everything unknown but what is given. Its key: the UUID, else the bus id, else vendor and index. */
export function device (vendor: Vendor, index: number, name: string, known: Partial<Omit<DetectedGpu, 'vendor' | 'index' | 'name'>>): DetectedGpu {
  return {
    vendor,
    key: known.uuid ?? known.pciBusId ?? `${vendor}-${index}`,
    index,
    uuid: null,
    name,
    kind: 'gpu',
    cardKey: null,
    catalogId: null,
    memory: NO_MEMORY,
    memorySource: null,
    unifiedMemory: false,
    computeCapability: null,
    architecture: null,
    pciBusId: null,
    pciDeviceId: null,
    displayActive: null,
    driverModel: null,
    computeMode: null,
    eccEnabled: null,
    mig: null,
    processes: null,
    temperatureC: null,
    powerWatts: null,
    powerLimitWatts: null,
    utilization: null,
    asleep: false,
    ...known
  }
}
