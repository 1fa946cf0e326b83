import type { Finding, Vendor } from '#shared/contract/index.ts'
import type { Evidence, VendorReading } from '../evidence.ts'
import { finding } from '../finding.ts'
import { pciDevices } from '../pciDevices.ts'
import { toolFailure } from '../reading/toolFailure.ts'
import { readAdapters, vendorOf, WINDOWS_ADAPTERS } from '../windows/index.ts'

/** Displays of virtual machines and of servers' consoles: QEMU, VMware, VirtualBox, virtio, Hyper-V, Cirrus, Matrox, ASPEED. */
const VIRTUAL_VENDORS = new Set(['1234', '15ad', '80ee', '1af4', '1b36', '1414', '1013', '102b', '1a03'])
const VIRTUAL_NAMES = /\b(microsoft|hyper-v|vmware|virtualbox|virtio|qxl|qemu|parallels|citrix|parsec|remote display|basic (display|render)|virtual display|idd)\b/i

/**
 * Why nothing here can train, or what stands in the way beside the devices that were found. A machine without a GPU is an
 * answer, not an error. Call it when every vendor has been read.
 */
export function explainNone (evidence: Evidence, readings: readonly VendorReading[]): Finding[] {
  const gpus = readings.flatMap((reading) => [...reading.gpus])
  if (gpus.some((gpu) => gpu.kind !== 'integrated')) return []
  if (gpus.length > 0) return [finding('integrated-only', gpus.map((gpu) => gpu.name).join(', '))]
  // What a vendor's reader told already explains it.
  if (readings.some((reading) => reading.seen && reading.findings.length > 0)) return []
  return evidence.system === 'win32' ? explainWindows(evidence) : explainBus(evidence)
}

function explainBus (evidence: Evidence): Finding[] {
  const cards = pciDevices(evidence)
  const { virtual, others } = Object.groupBy(cards, ({ vendorId }) => VIRTUAL_VENDORS.has(vendorId) ? 'virtual' : 'others')
  const named = (devices: typeof cards): string => devices.map(({ slot, name, vendorId, deviceId }) => `${slot} ${name ?? `${vendorId}:${deviceId}`}`).join(', ')
  if (others !== undefined) return [finding(others.every(({ driver }) => driver === null) ? 'card-without-driver' : 'unknown-device', named(others))]
  return virtual === undefined ? [finding('no-gpu')] : [finding('virtual-display', named(virtual))]
}

function explainWindows ({ runs }: Evidence): Finding[] {
  const failure = toolFailure(runs.get(WINDOWS_ADAPTERS), 'PowerShell', null, false)
  const adapters = readAdapters(runs.get(WINDOWS_ADAPTERS)?.stdout ?? '')
  if (adapters === null) return [failure ?? finding('no-gpu')]
  const real = adapters.filter(({ name, pciDeviceId }) => !VIRTUAL_NAMES.test(name) && !VIRTUAL_VENDORS.has(pciDeviceId?.slice(0, 4) ?? ''))
  const named = real.map((adapter) => ({ name: adapter.name, vendor: vendorOf(adapter) }))
  const nvidia: Vendor = 'nvidia'
  if (named.some(({ vendor }) => vendor === nvidia)) return [finding('card-without-driver', named.map(({ name }) => name).join(', '), { vendor: nvidia })]
  if (named.length > 0) return [finding('unknown-device', named.map(({ name }) => name).join(', '))]
  return adapters.length === 0 ? [finding('no-gpu')] : [finding('virtual-display', adapters.map(({ name }) => name).join(', '))]
}
