import type { DetectedGpu, Finding, FindingCode } from '#shared/contract/index.ts'
import type { Evidence } from '../evidence.ts'
import { finding as findingOf } from '../finding.ts'
import { isAsleep, type PciDevice } from '../pciDevices.ts'
import { busId } from '../reading/busId.ts'
import { catalogOf, withCatalogTotal } from '../reading/catalog.ts'
import { device } from '../reading/device.ts'
import { jetsonModel, kernelDriver, procGpus } from './procInformation.ts'

const finding = (code: FindingCode, detail: string | null = null, deviceKey: string | null = null): Finding => findingOf(code, detail, { vendor: 'nvidia', deviceKey })

/** The cards that the system itself knows when nvidia-smi names none: model from the driver or the catalog, total from the catalog. */
export function cardsWithoutTool ({ files }: Evidence, cards: readonly PciDevice[]): DetectedGpu[] {
  const bySlot = new Map(cards.map((card) => [busId(card.slot), card]))
  const known = procGpus(files)
  const asleep = cards.filter((card) => isAsleep(card) && !known.some((gpu) => gpu.pciBusId === busId(card.slot)))
  return [
    ...known.map(({ name, uuid, pciBusId }) => ({ name, uuid, pciBusId, card: bySlot.get(pciBusId) })),
    ...asleep.map((card) => ({ name: null, uuid: null, pciBusId: busId(card.slot), card }))
  ].map(({ name, uuid, pciBusId, card }, index) => {
    const pciDeviceId = card === undefined ? null : `${card.vendorId}:${card.deviceId}`
    const knowledge = catalogOf({ vendor: 'nvidia', pciId: pciDeviceId, names: name === null ? [] : [name], totalBytes: null })
    const gpu = device('nvidia', index, name ?? knowledge.name ?? card?.name ?? 'NVIDIA GPU', { uuid, pciBusId, pciDeviceId, asleep: card !== undefined && isAsleep(card) })
    return withCatalogTotal(gpu, knowledge)
  })
}

/** The GPU of a Jetson, which is part of its processor; the memory is the machine's. */
export function jetson ({ files }: Evidence): DetectedGpu[] {
  const model = jetsonModel(files)
  return model === null ? [] : [device('nvidia', 0, model, { kind: 'unified', unifiedMemory: true })]
}

/** Cards that no program of this system can use, and why: no driver, the open one, or given to virtual machines. */
export function unusableCards (cards: readonly PciDevice[], listed: readonly DetectedGpu[]): Finding[] {
  const idle = cards.filter((card) => !listed.some((gpu) => gpu.pciBusId === busId(card.slot)))
  const held = (code: FindingCode, holds: (driver: string | null) => boolean): Finding[] => {
    const found = idle.filter(({ driver }) => driver !== undefined && holds(driver))
    return found.length === 0 ? [] : [finding(code, found.map(({ name, slot, vendorId, deviceId }) => `${name ?? `${vendorId}:${deviceId}`}, ${slot}`).join('; '))]
  }
  return [
    ...held('open-driver', (driver) => driver === 'nouveau' || driver === 'nova' || driver === 'nova_core'),
    ...held('passed-through', (driver) => driver?.startsWith('vfio') === true || driver === 'pci-stub'),
    ...held('card-without-driver', (driver) => driver === null)
  ]
}

/** In place of "no nvidia-smi": what is there instead. */
export function withoutSmi (evidence: Evidence, cards: readonly PciDevice[]): Finding[] {
  const unusable = unusableCards(cards, [])
  if (unusable.length > 0) return unusable
  const kernel = kernelDriver(evidence.files)
  const isDriven = kernel !== null || cards.some((card) => card.driver === 'nvidia')
  // The container runtime was told to give this container no card.
  const given = evidence.variables.get('NVIDIA_VISIBLE_DEVICES')
  if (given !== undefined && /^(void|none|)$/.test(given.trim()) && evidence.host.environment.includes('container')) return [finding('hidden-devices', `NVIDIA_VISIBLE_DEVICES=${given}`)]
  return [isDriven ? finding('no-nvidia-tools', kernel) : finding('no-nvidia-smi', null)]
}

export const asleepFindings = (gpus: readonly DetectedGpu[]): Finding[] =>
  gpus.filter((gpu) => gpu.asleep).map((gpu) => finding('gpu-asleep', gpu.name, gpu.key))
