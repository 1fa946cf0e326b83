import type { DetectedGpu, Finding, GpuMemory } from '#shared/contract/index.ts'
import type { Evidence, VendorReading } from '../evidence.ts'
import { finding } from '../finding.ts'
import { pciDevices } from '../pciDevices.ts'
import { cardOf } from '../reading/busId.ts'
import { catalogOf, withCatalogTotal } from '../reading/catalog.ts'
import { device } from '../reading/device.ts'
import { cardsWithoutDriver } from '../reading/cardsWithoutDriver.ts'
import { hiddenDevices } from '../reading/hiddenDevices.ts'
import { isAbsent, saidBy, toolFailure } from '../reading/toolFailure.ts'
import { windowsDevices } from '../windows/devices.ts'
import { readAmdSmi, AMD_SMI_MEMORY, AMD_SMI_STATIC } from './amdSmi.ts'
import { apuKind, isApu } from '../reading/apu.ts'
import { readDrm } from './drm.ts'
import { readKfd } from './kfd.ts'
import { apuMemory, cardMemory } from './memory.ts'
import { mergeSources, type AmdDevice } from './merge.ts'
import { productName } from './names.ts'
import { ROCM_SMI } from './probes.ts'
import { readRocmSmi } from './rocmSmi.ts'
import { xgmiTopology } from './topology.ts'

const VENDOR = { vendor: 'amd' } as const
const PCI_VENDOR = '1002'

/** AMD's devices: the kernel's own files first, the tools for names and where the kernel does not say. */
export function readAmd (evidence: Evidence): VendorReading {
  if (evidence.system === 'win32') return windowsDevices(evidence, 'amd')
  const { runs, files } = evidence
  const kfd = readKfd(files)
  const amdSmi = readAmdSmi(runs.get(AMD_SMI_STATIC), runs.get(AMD_SMI_MEMORY))
  const rocmSmi = readRocmSmi(runs.get(ROCM_SMI)?.stdout ?? '')
  const cards = rocmSmi?.filter((card) => card.maker === 'amd') ?? []
  const devices = mergeSources({ drm: readDrm(files), kfd, amdSmi: amdSmi ?? [], rocmSmi: cards })
  const gpus = withOwnKeys(devices.map((each, order) => readDevice(each, order, evidence)))
  const missing = cardsWithoutDriver(pciDevices(evidence), PCI_VENDOR, 'amd', gpus)
  const isHygon = rocmSmi?.some((card) => card.maker === 'hygon') === true
  const toolSeen = [AMD_SMI_STATIC, ROCM_SMI].some((name) => !isAbsent(runs.get(name)))
  const hidden = hiddenDevices(evidence.variables, ['HIP_VISIBLE_DEVICES', 'ROCR_VISIBLE_DEVICES'], gpus)
  const findings = isHygon && gpus.length === 0 ? [] : [...missing, ...hidden, ...toolFindings(evidence, gpus, amdSmi !== null, rocmSmi !== null), ...observations(gpus)]
  return { gpus, findings, seen: gpus.length > 0 || missing.length > 0 || (toolSeen && !isHygon), topology: xgmiTopology(kfd, gpus) }
}

/** Devices that share a number that should be their own (chips of one package) are told apart by their place. */
function withOwnKeys (gpus: readonly DetectedGpu[]): DetectedGpu[] {
  const isShared = (gpu: DetectedGpu): boolean => gpu.uuid !== null && gpus.some((other) => other !== gpu && other.uuid === gpu.uuid)
  return gpus.map((gpu, order) => isShared(gpu) ? { ...gpu, uuid: null, key: gpu.pciBusId ?? `amd-${order}` } : gpu)
}

function readDevice (each: AmdDevice, order: number, { files, host }: Evidence): DetectedGpu {
  const { drm, kfd, amdSmi, rocmSmi } = each
  const sources = [drm, kfd, amdSmi, rocmSmi]
  const deviceId = sources.map((source) => source?.deviceId ?? null).find((id) => id !== null) ?? null
  const revision = drm?.revision ?? amdSmi?.revision ?? rocmSmi?.revision ?? null
  const uniqueId = sources.map((source) => source?.uniqueId ?? null).find((id) => id !== null && !/^0+$/.test(id)) ?? null
  const gfx = kfd?.gfx ?? amdSmi?.gfx ?? rocmSmi?.gfx ?? null
  const integrated = isApu(deviceId, gfx)
  const isPartition = each.isPartition && !integrated
  const { memory, source } = integrated ? apuMemory(each, deviceId, host) : cardMemory(each)
  const names = [amdSmi?.name, productName(deviceId, revision, files), rocmSmi?.name, drm?.productName].flatMap((name) => name ?? [])
  const pciDeviceId = deviceId === null ? null : `${PCI_VENDOR}:${deviceId}`
  const whole: GpuMemory['totalBytes'] = isPartition || integrated ? null : memory.totalBytes
  const known = catalogOf({ vendor: 'amd', pciId: pciDeviceId, names, aliases: names.map((name) => name.replace(/ (VF|HF|MxGPU)$/, '')), totalBytes: whole })
  // What lspci would print lists every model of the chip, so the catalog's name goes before it.
  const plainName = names.find((name) => !name.includes('['))
  const unnamed = `AMD ${integrated ? 'APU' : 'GPU'}${pciDeviceId === null ? '' : ` [${pciDeviceId}]`}`
  const name = plainName ?? known.entry?.name ?? names[0] ?? known.name ?? unnamed
  const uuid = uniqueId === null || isPartition ? null : `GPU-${uniqueId}`
  const gpu = device('amd', amdSmi?.index ?? rocmSmi?.index ?? order, name, {
    kind: isPartition ? 'partition' : integrated ? apuKind(deviceId, gfx) : 'gpu',
    cardKey: isPartition ? uniqueId === null ? cardOf(each.busId ?? 'amd.') : `GPU-${uniqueId}` : null,
    uuid,
    // The catalog's rates are of a whole card.
    catalogId: isPartition ? null : known.entry?.id ?? null,
    memory,
    memorySource: source,
    unifiedMemory: integrated,
    architecture: gfx,
    pciBusId: each.busId,
    pciDeviceId,
    displayActive: drm?.displayActive ?? null,
    temperatureC: drm?.temperatureC ?? rocmSmi?.temperatureC ?? null,
    powerWatts: drm?.powerWatts ?? rocmSmi?.powerWatts ?? null,
    powerLimitWatts: drm?.powerLimitWatts ?? null,
    utilization: isPartition ? null : drm?.utilization ?? rocmSmi?.utilization ?? null,
    asleep: drm?.asleep ?? false
  })
  return isPartition || integrated ? gpu : withCatalogTotal(gpu, known)
}

/** What a tool says of the user's rights comes as a line before its answer, or instead of it. */
const GROUPS = /missing the following required groups[^\n]*|permission needed to access required gpu device[^\n]*/i
/** Of a card that no longer answers, in the short table and beside JSON. */
const HUNG = /^ERROR:\s*15\b[^\n]*|Expected integer value from monitor, but got ""/m

function toolFindings ({ runs }: Evidence, gpus: readonly DetectedGpu[], amdSmiAnswered: boolean, rocmSmiAnswered: boolean): Finding[] {
  const found: Finding[] = []
  const all = [AMD_SMI_STATIC, AMD_SMI_MEMORY, ROCM_SMI].map((name) => saidBy(runs.get(name))).join('\n')
  const groups = GROUPS.exec(all)
  const hung = HUNG.exec(all)
  if (groups !== null) found.push(finding('amd-groups', groups[0], VENDOR))
  if (hung !== null) found.push(finding('amd-hung', hung[0], VENDOR))
  for (const [name, tool, answered] of [[AMD_SMI_STATIC, 'amd-smi', amdSmiAnswered], [ROCM_SMI, 'rocm-smi', rocmSmiAnswered]] as const) {
    // One of the two is enough, and the groups are already told.
    const failure = toolFailure(runs.get(name), tool, 'amd', answered || groups !== null || hung !== null || amdSmiAnswered || rocmSmiAnswered)
    if (failure !== null) found.push(failure)
  }
  // Nobody misses ROCm for the graphics of a processor.
  if (gpus.some((gpu) => gpu.kind !== 'integrated') && isAbsent(runs.get(AMD_SMI_STATIC)) && isAbsent(runs.get(ROCM_SMI))) found.push(finding('amd-no-tool', null, VENDOR))
  return found
}

function observations (gpus: readonly DetectedGpu[]): Finding[] {
  return gpus.flatMap((gpu) => [
    ...gpu.asleep ? [finding('gpu-asleep', gpu.name, { ...VENDOR, deviceKey: gpu.key })] : [],
    ...gpu.memory.totalBytes === null ? [finding('incomplete-device', `GPU ${gpu.index}: ${gpu.name}`, { ...VENDOR, deviceKey: gpu.key })] : [],
    ...gpu.kind === 'unified' ? [finding('unified-memory', gpu.name, { ...VENDOR, deviceKey: gpu.key })] : []
  ])
}
