import type { DetectedGpu, Finding, Vendor } from '#shared/contract/index.ts'
import { finding } from '../finding.ts'
import type { PciDevice } from '../pciDevices.ts'
import { busId } from './busId.ts'

/** Cards of a vendor on the bus that none of its readings shows, and why: no driver, or one that serves virtual machines. */
export function cardsWithoutDriver (devices: readonly PciDevice[], pciVendor: string, vendor: Vendor, gpus: readonly DetectedGpu[]): Finding[] {
  const shown = new Set(gpus.map((gpu) => gpu.pciBusId))
  // Without bus ids nothing can be told to be missing.
  if (gpus.some((gpu) => gpu.pciBusId === null)) return []
  return devices
    .filter((card) => card.vendorId === pciVendor && !shown.has(busId(card.slot)))
    .flatMap(({ slot, driver, name, deviceId }) => {
      const detail = `${slot} ${name ?? `${pciVendor}:${deviceId}`}`
      if (driver === 'vfio-pci') return [finding('passed-through', detail, { vendor })]
      return driver === null ? [finding('card-without-driver', detail, { vendor })] : []
    })
}
