import type { CatalogGpu, GpuVendor } from './gpu.ts'
import { fitsMemory, hasReportedName } from './gpuMatch.ts'
import { gpus } from './gpus.ts'

/** What is known of a device on the bus: `10de:2684` without its vendor, and what its driver says of it. */
export interface PciSubject {
  readonly vendor: GpuVendor
  /** Four hexadecimal digits. */
  readonly deviceId: string | null
  readonly name?: string | null
  readonly totalBytes?: number | null
}

/** The cards sold under a PCI id that have the memory, where it is known. */
export function gpusOfPciId ({ vendor, deviceId, totalBytes = null }: PciSubject): readonly CatalogGpu[] {
  if (deviceId === null) return []
  const id = deviceId.toLowerCase()
  return gpus.filter((gpu) => gpu.vendor === vendor && gpu.pciDeviceIds?.includes(id) && (totalBytes === null || fitsMemory(gpu, totalBytes)))
}

/** The catalog's card with that PCI id, told from others of the same id by memory and name. Null when it cannot be told. */
export function matchGpuByPciId (subject: PciSubject): CatalogGpu | null {
  const fitting = gpusOfPciId(subject)
  if (fitting.length <= 1) return fitting[0] ?? null
  const { name } = subject
  const named = name === null || name === undefined ? [] : fitting.filter((gpu) => hasReportedName(gpu, name))
  return named.length === 1 ? named[0]! : null
}
