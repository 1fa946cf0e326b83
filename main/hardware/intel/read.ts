import type { DetectedGpu, Finding } from '#shared/contract/index.ts'
import type { Evidence, VendorReading } from '../evidence.ts'
import { finding } from '../finding.ts'
import { pciDevices } from '../pciDevices.ts'
import { cardsWithoutDriver } from '../reading/cardsWithoutDriver.ts'
import { catalogOf, withCatalogTotal } from '../reading/catalog.ts'
import { device } from '../reading/device.ts'
import { hiddenDevices } from '../reading/hiddenDevices.ts'
import { memoryOf, NO_MEMORY } from '../reading/figures.ts'
import { isAbsent, saidBy, toolFailure } from '../reading/toolFailure.ts'
import { windowsDevices } from '../windows/devices.ts'
import { readDrmIntel, type IntelCard } from './drm.ts'
import { isIntegrated } from '../reading/integrated.ts'
import { DETAIL_NAMES, KUNLUNXIN_BANNER, XPU_SMI_DUMP, XPU_SMI_LIST, XPU_SMI_TABLE } from './probes.ts'
import { readXpuSmi, type XpuDevice } from './xpuSmi.ts'

/** Intel's GPUs: xpu-smi for memory, the kernel's files for what it leaves out. */
export function readIntel (evidence: Evidence): VendorReading {
  if (evidence.system === 'win32') return windowsDevices(evidence, 'intel')
  const { runs, files } = evidence
  const isKunlunxin = [XPU_SMI_TABLE, XPU_SMI_LIST].some((name) => KUNLUNXIN_BANNER.test(saidBy(runs.get(name))))
  const devices = isKunlunxin ? null : readXpuSmi(runs)
  const cards = readDrmIntel(files)
  const pairs = paired(devices ?? [], cards)
  const gpus = pairs.map(({ xpu, card }, order) => readDevice(xpu, card, order))
  const missing = cardsWithoutDriver(pciDevices(evidence), '8086', 'intel', gpus)
  const answered = devices !== null || isKunlunxin
  const failure = [XPU_SMI_LIST, XPU_SMI_TABLE, XPU_SMI_DUMP, ...DETAIL_NAMES].map((name) => toolFailure(runs.get(name), 'xpu-smi', 'intel', answered)).find((each) => each !== null) ?? null
  const hidden = hiddenDevices(evidence.variables, ['ZE_AFFINITY_MASK'], gpus)
  const seen = gpus.length > 0 || missing.length > 0 || (!isKunlunxin && !isAbsent(runs.get(XPU_SMI_LIST)))
  return { gpus, findings: [...missing, ...hidden, ...failure === null ? [] : [failure], ...observations(gpus)], seen }
}

interface Pair {
  readonly xpu: XpuDevice | null
  readonly card: IntelCard | null
}

function paired (devices: readonly XpuDevice[], cards: readonly IntelCard[]): Pair[] {
  const cardOfXpu = (xpu: XpuDevice): IntelCard | null => cards.find((card) => card.busId !== null && card.busId === xpu.busId) ?? null
  const used = new Set(devices.map(cardOfXpu))
  return [...devices.map((xpu) => ({ xpu, card: cardOfXpu(xpu) })), ...cards.filter((card) => !used.has(card)).map((card) => ({ xpu: null, card }))]
}

function readDevice (xpu: XpuDevice | null, card: IntelCard | null, order: number): DetectedGpu {
  const deviceId = card?.deviceId ?? xpu?.deviceId ?? null
  const pciDeviceId = deviceId === null ? null : `8086:${deviceId}`
  const reported = xpu?.name == null || /\[0x[0-9a-f]+\]/i.test(xpu.name) ? null : xpu.name
  const bus = card?.busId ?? xpu?.busId ?? null
  const integrated = isIntegrated(reported ?? '', deviceId, bus)
  const total = integrated ? null : xpu?.memory.totalBytes ?? card?.totalBytes ?? null
  const known = catalogOf({ vendor: 'intel', pciId: pciDeviceId, names: reported === null ? [] : [reported], totalBytes: total })
  const name = reported ?? known.name ?? (integrated ? 'Intel integrated graphics' : `Intel GPU${pciDeviceId === null ? '' : ` [${pciDeviceId}]`}`)
  const gpu = device('intel', xpu?.id ?? order, name, {
    kind: integrated ? 'integrated' : 'gpu',
    uuid: xpu?.uuid ?? null,
    catalogId: known.entry?.id ?? null,
    memory: integrated || total === null ? NO_MEMORY : xpu?.memory.totalBytes != null ? xpu.memory : memoryOf(total, card?.usedBytes ?? null),
    memorySource: integrated || total === null ? null : xpu?.memory.totalBytes != null ? 'xpu-smi' : 'sysfs',
    unifiedMemory: integrated,
    pciBusId: bus,
    pciDeviceId,
    displayActive: card?.displayActive ?? null,
    eccEnabled: xpu?.eccEnabled ?? null,
    temperatureC: card?.temperatureC ?? xpu?.row?.temperatureC ?? null,
    powerWatts: xpu?.row?.powerWatts ?? null,
    powerLimitWatts: xpu?.row?.powerLimitWatts ?? card?.powerLimitWatts ?? null,
    utilization: xpu?.row?.utilization ?? null,
    asleep: card?.asleep ?? false
  })
  return integrated ? gpu : withCatalogTotal(gpu, known)
}

function observations (gpus: readonly DetectedGpu[]): Finding[] {
  return gpus.flatMap((gpu) => {
    const about = { vendor: 'intel' as const, deviceKey: gpu.key }
    return [
      ...gpu.asleep ? [finding('gpu-asleep', gpu.name, about)] : [],
      ...gpu.kind === 'gpu' && (gpu.memory.totalBytes === null || gpu.memorySource === 'catalog') ? [finding('intel-no-memory', gpu.name, about)] : []
    ]
  })
}
