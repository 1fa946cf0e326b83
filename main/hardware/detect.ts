import type { DetectedGpu, Detection, Finding, ProbeReport } from '#shared/contract/index.ts'
import { matchGpu } from '#shared/catalog/index.ts'
import type { Evidence, Probe, VendorReading, VendorSupport } from './evidence.ts'

/** What the evidence of a machine shows: every vendor's devices, the catalog's knowledge of them, and the findings worth telling. Pure. */
export function detect (evidence: Evidence, supports: readonly VendorSupport[], at: Date, extra: readonly Finding[] = []): Detection {
  const readings = supports.map((support) => ({ support, reading: support.read(evidence) }))
  const gpus = readings.flatMap(({ reading }) => reading.gpus).map(withCatalog)
  const first = <K extends 'driverVersion' | 'cudaVersion' | 'topology'>(key: K): NonNullable<VendorReading[K]> | null =>
    readings.map(({ reading }) => reading[key]).find((value) => value !== undefined && value !== null) ?? null
  return {
    gpus,
    findings: [...extra, ...toldFindings(readings, gpus.length > 0)],
    driverVersion: first('driverVersion'),
    cudaVersion: first('cudaVersion'),
    topology: first('topology'),
    host: evidence.host,
    probes: probeReports(evidence, supports.flatMap((support) => support.probes)),
    at: at.toISOString()
  }
}

/** That a vendor's tool is missing is worth telling only when that vendor was seen, or when nothing at all was. */
function toldFindings (readings: readonly { readonly support: VendorSupport, readonly reading: VendorReading }[], anyDevice: boolean): Finding[] {
  const seen = readings.filter(({ reading }) => reading.seen)
  if (seen.length > 0 || anyDevice) return seen.flatMap(({ reading }) => [...reading.findings])
  return [...readings.find(({ support }) => support.vendor === 'nvidia')?.reading.findings ?? []]
}

function withCatalog (gpu: DetectedGpu): DetectedGpu {
  if (gpu.catalogId !== null) return gpu
  const match = matchGpu(gpu.name, gpu.memory.totalBytes)
  return { ...gpu, catalogId: match?.id ?? null, computeCapability: gpu.computeCapability ?? match?.computeCapability ?? null }
}

function probeReports ({ runs }: Evidence, probes: readonly Probe[]): ProbeReport[] {
  return [...runs].map(([name, { path, outcome, status, milliseconds }]) =>
    ({ name, vendor: probes.find((probe) => probe.name === name)?.vendor ?? null, path, outcome, status, milliseconds }))
}
