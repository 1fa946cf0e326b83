import type { DetectedGpu, Finding, Topology } from '#shared/contract/index.ts'
import { finding } from '../finding.ts'
import { device } from '../reading/device.ts'
import { recognizeFailure } from './failures.ts'
import { observations } from './interpret.ts'
import { linksOf, loneGpus } from './links.ts'
import { readList } from './list.ts'
import { withMigNames } from './migNames.ts'
import { memoryOfField, numberOf, readQuery, textOf, type QueryRow } from './query.ts'
import { readListedReport, readReport, type Report } from './readReport.ts'
import { sharesMemory } from './sharesMemory.ts'
import { readTable } from './table.ts'

export interface PastedReading {
  readonly gpus: readonly DetectedGpu[]
  readonly findings: readonly Finding[]
  readonly driverVersion: string | null
  readonly cudaVersion: string | null
  readonly topology: Topology | null
}

/** Reports of many cards with processes are well under it, in characters. */
const LONGEST = 2 * 1024 ** 2

/** What a user pasted of nvidia-smi's output: its table, `-q`, `-q -x`, `-L`, a CSV query with its header, `topo -m`, several of them, or its failure. */
export function readPasted (pasted: string): PastedReading {
  const text = pasted.slice(0, LONGEST)
  const report = readReport(text) ?? readListedReport(text) ?? tableReport(text) ?? queryReport(text) ?? listReport(text)
  if (report === null || report.gpus.length === 0) {
    const failure = recognizeFailure(text.slice(0, 20_000), null)
    const findings = [failure ?? finding('unreadable-output', text, { vendor: 'nvidia' })]
    return { gpus: [], findings, driverVersion: null, cudaVersion: null, topology: null }
  }
  const gpus = withMigNames(withFullNames(report.gpus, text), report.migDevices, text)
  const topology = linksOf(gpus, text)
  return { gpus, findings: [...observations({ ...report, gpus }), ...loneGpus(gpus, topology)], driverVersion: report.driverVersion, cudaVersion: report.cudaVersion, topology }
}

const EMPTY = { cudaBroken: false, remarks: [], migDevices: new Map<string, never>(), complete: true, attached: null, driverVersion: null, cudaVersion: null }

function tableReport (text: string): Report | null {
  const table = readTable(text)
  return table === null ? null : { ...EMPTY, ...table, migUnknown: !table.listsMig }
}

function queryReport (text: string): Report | null {
  const rows = readQuery(text).filter((row) => row.has('memory.total'))
  return rows.length === 0 ? null : { ...EMPTY, gpus: rows.map(fromRow), driverVersion: textOf(rows[0]!, 'driver_version') ?? textOf(rows[0]!, 'kmd_version') }
}

function fromRow (row: QueryRow, place: number): DetectedGpu {
  const totalBytes = memoryOfField(row, 'memory.total') || null
  const bounded = (field: string): number | null => {
    const bytes = memoryOfField(row, field)
    return bytes === null || totalBytes === null || bytes > totalBytes ? null : bytes
  }
  const name = textOf(row, 'name') ?? textOf(row, 'gpu_name') ?? 'NVIDIA GPU'
  const utilization = numberOf(row, 'utilization.gpu', '%')
  const unifiedMemory = sharesMemory(name)
  return device('nvidia', numberOf(row, 'index', '') ?? place, name, {
    uuid: textOf(row, 'uuid') ?? textOf(row, 'gpu_uuid'),
    kind: unifiedMemory ? 'unified' : 'gpu',
    unifiedMemory,
    memory: { totalBytes, reservedBytes: bounded('memory.reserved'), usedBytes: bounded('memory.used'), freeBytes: bounded('memory.free') },
    memorySource: totalBytes === null ? null : 'nvidia-smi',
    computeCapability: /^\d{1,2}\.\d$/.exec(textOf(row, 'compute_cap') ?? '')?.[0] ?? null,
    driverModel: /^(WDDM|TCC|MCDM)$/.exec(textOf(row, 'driver_model.current') ?? '')?.[0] ?? null,
    temperatureC: numberOf(row, 'temperature.gpu', 'C'),
    powerWatts: numberOf(row, 'power.draw', 'W') ?? numberOf(row, 'power.draw.instant', 'W'),
    utilization: utilization === null || utilization < 0 || utilization > 100 ? null : utilization / 100
  })
}

/** Names alone: the memory stays unknown. */
function listReport (text: string): Report | null {
  const listed = readList(text)
  if (listed.length === 0) return null
  const gpus = listed.map(({ index, name, uuid, migDevices }) => device('nvidia', index, name, {
    uuid,
    mig: migDevices.length > 0 ? { enabled: true, instances: migDevices.length, slices: [] } : null
  }))
  return { ...EMPTY, gpus, migUnknown: true }
}

/** The table cuts names; `-L` pasted beside it has them in full. */
function withFullNames (gpus: readonly DetectedGpu[], text: string): DetectedGpu[] {
  const listed = readList(text)
  return gpus.map((gpu) => {
    const full = listed.find((other) => other.index === gpu.index)
    const isCut = gpu.name.endsWith('...') && full?.name.startsWith(gpu.name.slice(0, -3).trimEnd()) === true
    return isCut ? { ...gpu, name: full!.name, uuid: gpu.uuid ?? full!.uuid } : gpu
  })
}
