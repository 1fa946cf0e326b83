import type { DetectedGpu, Finding } from '#shared/contract/index.ts'
import type { Evidence, Probe, VendorReading, VendorSupport } from '../evidence.ts'
import { finding } from '../finding.ts'
import { pciDevices } from '../pciDevices.ts'
import { cardsWithoutDriver } from '../reading/cardsWithoutDriver.ts'
import { catalogOf, withCatalogTotal } from '../reading/catalog.ts'
import { hiddenDevices } from '../reading/hiddenDevices.ts'
import { device } from '../reading/device.ts'
import { memoryOf, mibBytes } from '../reading/figures.ts'
import { linesOf } from '../reading/lines.ts'
import { saidBy, toolFailure } from '../reading/toolFailure.ts'
import { readMapping, readNpuTable, type Chip, type NpuTable, type Usage } from './table.ts'

const INFO = 'npu-smi info'
const MAPPING = 'npu-smi info -m'

const tool = {
  vendor: 'huawei' as const, tool: 'npu-smi', systems: ['linux'] as const, timeoutMs: 15_000,
  places: { linux: ['/usr/local/sbin', '/usr/local/bin', '/usr/local/Ascend/driver/tools', '/usr/bin'] }
}

const PROBES: readonly Probe[] = [
  { ...tool, name: INFO, args: ['info'], wakes: '19e5' },
  { ...tool, name: MAPPING, args: ['info', '-m'], after: { probe: INFO, matching: 'NPU +Name' } }
]

const VENDOR = { vendor: 'huawei' } as const

/** Huawei's Ascend, through npu-smi. */
export const ascend: VendorSupport = { vendor: 'huawei', probes: PROBES, files: [], variables: ['ASCEND_RT_VISIBLE_DEVICES'], read: readAscend }

function readAscend (evidence: Evidence): VendorReading {
  const { runs } = evidence
  const run = runs.get(INFO)
  const table = readNpuTable(run?.stdout ?? '')
  const mapping = readMapping(runs.get(MAPPING)?.stdout ?? '')
  const gpus = (table?.chips ?? []).map((chip, order) => readChip(chip, order, table!, mapping))
  const failed = failureOf(evidence)
  // Of the bus, since the two chips of a card may share a place: a card is missing only when nothing was found.
  const missing = gpus.length > 0 ? [] : cardsWithoutDriver(pciDevices(evidence).filter(({ classCode }) => classCode.startsWith('12')), '19e5', 'huawei', gpus)
  const hidden = hiddenDevices(evidence.variables, ['ASCEND_RT_VISIBLE_DEVICES'], gpus)
  const findings = [...missing, ...hidden, ...failed, ...observations(table?.chips ?? [], gpus)]
  return { gpus, findings, seen: gpus.length > 0 || findings.length > 0 }
}

function readChip (chip: Chip, order: number, { chips, processes }: NpuTable, mapping: ReadonlyMap<string, string>): DetectedGpu {
  const place = `${chip.npu}/${chip.chip}`
  const name = productName(chip, mapping.get(place) ?? null)
  const [column, source] = ownMemory(chip)
  const memory = memoryOf(mibBytes(column?.total ?? null), mibBytes(column?.used ?? null))
  const known = catalogOf({ vendor: 'huawei', pciId: null, names: [], aliases: [name, name.replace(/^Ascend ?/, ''), name.replaceAll(' ', '')], totalBytes: memory.totalBytes })
  const isPart = chips.some((other) => other.npu === chip.npu && other.chip !== chip.chip) || chips.some((other) => other.chip > 0)
  const shared = chip.busId !== null && chips.filter((other) => other.busId === chip.busId).length > 1
  const key = chip.busId === null || shared ? `huawei-${chip.npu}-${chip.chip}` : chip.busId
  return withCatalogTotal(device('huawei', chip.deviceId ?? order, name, {
    key,
    kind: isPart ? 'partition' : 'npu',
    cardKey: isPart ? `huawei-${chip.npu}` : null,
    catalogId: known.entry?.id ?? null,
    memory,
    memorySource: memory.totalBytes === null ? null : `npu-smi ${source}`,
    pciBusId: chip.busId,
    processes: processes === null ? null : [...processes.get(place) ?? []],
    temperatureC: chip.temperatureC,
    powerWatts: chip.powerWatts,
    utilization: chip.utilization
  }), known)
}

/** As the table names it, unless that is masked; with the family's name before a bare model number. */
function productName ({ name }: Chip, mapped: string | null): string {
  const own = /^x+$/i.test(name) ? null : name
  const chosen = own ?? mapped ?? 'Ascend'
  return /^\d{3}/.test(chosen) ? `Ascend ${chosen}` : chosen
}

/**
 * The column that is the chip's own memory. With HBM it is that, and `Memory-Usage` is DDR beside it or nothing; the 310
 * family has no HBM.
 */
function ownMemory ({ name, hbm, memory }: Chip): readonly [Usage | null, string] {
  if (hbm !== null && hbm.total > 0) return [hbm, 'HBM-Usage']
  return /^(Ascend ?)?310/.test(name) && memory !== null && memory.total > 0 ? [memory, 'Memory-Usage'] : [null, '']
}

function failureOf ({ runs }: Evidence): Finding[] {
  const run = runs.get(INFO)
  const said = saidBy(run)
  const lines = linesOf(said)
  const told = lines.find((line) => /-8020|device is used/i.test(line)) ?? lines.find((line) => /dcmi\b.*\bret\b|DrvMngGetConsoleLogLevel|libdrvdsmi|libdcmi|libc_sec/i.test(line)) ?? null
  if (/-8020|device is used/i.test(told ?? '')) return [finding('ascend-in-use', told, VENDOR)]
  if (told !== null) return [finding('ascend-no-dcmi', told, VENDOR)]
  const failure = toolFailure(run, 'npu-smi', 'huawei', readNpuTable(run?.stdout ?? '')?.chips.length !== undefined)
  return failure === null ? [] : [failure]
}

function observations (chips: readonly Chip[], gpus: readonly DetectedGpu[]): Finding[] {
  return gpus.flatMap((gpu, at) => [
    ...gpu.memory.totalBytes === null || gpu.memorySource === 'catalog' ? [finding('ascend-no-memory', `NPU ${gpu.index}: ${gpu.name}`, { ...VENDOR, deviceKey: gpu.key })] : [],
    ...isHealthy(chips[at]!.health) ? [] : [finding('device-unhealthy', `NPU ${chips[at]!.npu}: ${chips[at]!.health}`, { ...VENDOR, deviceKey: gpu.key })]
  ])
}

const isHealthy = (health: string): boolean => /^(ok|)$/i.test(health)
