import type { DetectedGpu, Detection, Finding, ProbeReport } from '#shared/contract/index.ts'
import { gpusOfPciId } from '#shared/catalog/index.ts'
import type { Evidence, Probe, VendorReading, VendorSupport } from './evidence.ts'
import { finding } from './finding.ts'
import { explainNone } from './none/index.ts'
import { catalogOf } from './reading/catalog.ts'

/** What the evidence of a machine shows: every vendor's devices, the catalog's knowledge of them, and the findings worth telling. Pure. */
export function detect (evidence: Evidence, supports: readonly VendorSupport[], at: Date, extra: readonly Finding[] = []): Detection {
  const readings = supports.map((support) => ({ support, reading: support.read(evidence) }))
  const gpus = readings.flatMap(({ reading }) => reading.gpus).map(withCatalog)
  const none = explainNone(evidence, readings.map(({ reading }) => reading))
  const first = <K extends 'driverVersion' | 'cudaVersion' | 'topology'>(key: K): NonNullable<VendorReading[K]> | null =>
    readings.map(({ reading }) => reading[key]).find((value) => value !== undefined && value !== null) ?? null
  return {
    gpus,
    findings: [...extra, ...toldFindings(readings), ...none, ...unknownDevices(gpus)],
    driverVersion: first('driverVersion'),
    cudaVersion: first('cudaVersion'),
    topology: first('topology'),
    host: evidence.host,
    probes: probeReports(evidence, supports.flatMap((support) => support.probes)),
    at: at.toISOString()
  }
}

/** That a vendor's tool is missing is worth telling only when that vendor was seen. */
const toldFindings = (readings: readonly { readonly reading: VendorReading }[]): Finding[] =>
  readings.filter(({ reading }) => reading.seen).flatMap(({ reading }) => [...reading.findings])

/** The device with what the catalog knows of it. Names that a table cut off mean several cards; a virtual GPU or a partition has a part of its card's memory. */
export function withCatalog (gpu: DetectedGpu): DetectedGpu {
  if (gpu.catalogId !== null) return gpu
  if (gpu.kind === 'vgpu' || gpu.kind === 'partition') return { ...gpu, computeCapability: gpu.computeCapability ?? chipCapability(gpu) }
  const names = gpu.name.endsWith('...') ? [] : [gpu.name]
  const { entry } = catalogOf({ vendor: gpu.vendor, pciId: gpu.pciDeviceId, names, totalBytes: gpu.memory.totalBytes })
  return { ...gpu, catalogId: entry?.id ?? null, computeCapability: gpu.computeCapability ?? entry?.computeCapability ?? chipCapability(gpu) }
}

/** Of the chip, where all cards sold under its PCI id agree, whatever memory this one has. */
function chipCapability ({ vendor, pciDeviceId }: DetectedGpu): string | null {
  const capabilities = new Set(gpusOfPciId({ vendor, deviceId: pciDeviceId?.split(':')[1] ?? null }).map((gpu) => gpu.computeCapability))
  return capabilities.size === 1 ? [...capabilities][0]! : null
}

/** Devices of which nothing tells what they can compute. */
const unknownDevices = (gpus: readonly DetectedGpu[]): Finding[] =>
  gpus.filter((gpu) => gpu.catalogId === null && gpu.computeCapability === null && (gpu.architecture === null || gpu.vendor === 'nvidia') && gpu.kind === 'gpu')
    .map((gpu) => finding('unknown-device', gpu.name, { vendor: gpu.vendor, deviceKey: gpu.key }))

function probeReports ({ runs }: Evidence, probes: readonly Probe[]): ProbeReport[] {
  return [...runs].map(([name, { path, outcome, status, milliseconds }]) =>
    ({ name, vendor: probes.find((probe) => probe.name === name)?.vendor ?? null, path, outcome, status, milliseconds }))
}
