import type { DetectedGpu, Finding, Vendor } from '#shared/contract/index.ts'
import type { Evidence, VendorReading } from '../evidence.ts'
import { finding } from '../finding.ts'
import { apuKind, isApu } from '../reading/apu.ts'
import { isIntegrated } from '../reading/integrated.ts'
import { catalogOf, withCatalogTotal } from '../reading/catalog.ts'
import { device } from '../reading/device.ts'
import { memoryOf, NO_MEMORY } from '../reading/figures.ts'
import { readAdapters, type Adapter } from './adapters.ts'
import { WINDOWS_ADAPTERS } from './probe.ts'

const PCI_VENDORS: Readonly<Record<'amd' | 'intel', string>> = { amd: '1002', intel: '8086' }

/** One vendor's adapters under Windows, where neither AMD nor Intel ships a tool with its driver. */
export function windowsDevices ({ runs }: Evidence, vendor: 'amd' | 'intel'): VendorReading {
  const adapters = (readAdapters(runs.get(WINDOWS_ADAPTERS)?.stdout ?? '') ?? []).filter((adapter) => vendorOf(adapter) === vendor)
  const read = adapters.map((adapter, index) => readAdapter(adapter, index, vendor))
  return { gpus: read.map(({ gpu }) => gpu), findings: read.flatMap(({ findings }) => findings), seen: adapters.length > 0 }
}

/** By the id on the bus; by the name only in lists that lack ids. */
export function vendorOf ({ pciDeviceId, name }: Adapter): Vendor | null {
  const id = pciDeviceId?.slice(0, 4)
  if (id !== undefined) return id === '10de' ? 'nvidia' : id === PCI_VENDORS.amd ? 'amd' : id === PCI_VENDORS.intel ? 'intel' : null
  return /\bnvidia\b/i.test(name) ? 'nvidia' : /\b(amd|radeon)\b/i.test(name) ? 'amd' : /\bintel\b/i.test(name) ? 'intel' : null
}

function readAdapter (adapter: Adapter, index: number, vendor: 'amd' | 'intel'): { readonly gpu: DetectedGpu, readonly findings: readonly Finding[] } {
  const deviceId = adapter.pciDeviceId?.slice(5) ?? null
  const integrated = vendor === 'intel' ? isIntegrated(adapter.name, deviceId, null) : isApu(deviceId, null) || /radeon(\(tm\))? (graphics|\d{3}m|8\d{3}s)\b/i.test(adapter.name)
  // What an integrated GPU shows is its carve-out; it can use more of the RAM than that.
  const total = integrated ? null : adapter.memoryBytes
  const known = catalogOf({ vendor, pciId: adapter.pciDeviceId, names: [adapter.name], totalBytes: total })
  const isUnified = integrated && vendor === 'amd' && (apuKind(deviceId, null) === 'unified' || known.entry?.unifiedMemory === true)
  const gpu = device(vendor, index, adapter.name, {
    kind: isUnified ? 'unified' : integrated ? 'integrated' : 'gpu',
    catalogId: known.entry?.id ?? null,
    memory: isUnified && adapter.memoryBytes !== null ? memoryOf(adapter.memoryBytes, null) : total === null ? NO_MEMORY : memoryOf(total, null),
    memorySource: (isUnified ? adapter.memoryBytes : total) === null ? null : 'registry',
    unifiedMemory: integrated,
    architecture: known.entry?.gfxTarget ?? null,
    pciDeviceId: adapter.pciDeviceId,
    displayActive: adapter.displayActive,
    driverModel: 'WDDM'
  })
  return { gpu: integrated ? gpu : withCatalogTotal(gpu, known), findings: findingsOf(gpu, adapter) }
}

function findingsOf (gpu: DetectedGpu, adapter: Adapter): Finding[] {
  const about = { vendor: gpu.vendor, deviceKey: gpu.key }
  const found: Finding[] = []
  if (adapter.errorCode !== null && adapter.errorCode !== 0) found.push(finding('card-without-driver', `${adapter.name}, code ${adapter.errorCode}`, about))
  else if (gpu.kind === 'gpu' && gpu.memory.totalBytes === null) found.push(finding(adapter.capped ? 'windows-capped-memory' : 'incomplete-device', adapter.name, about))
  if (gpu.kind === 'unified') found.push(finding('unified-memory', adapter.name, about))
  if (gpu.vendor === 'amd' && gpu.kind !== 'integrated') found.push(finding('rocm-windows', adapter.name, about))
  return found
}
