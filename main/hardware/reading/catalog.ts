import type { DetectedGpu, Vendor } from '#shared/contract/index.ts'
import { gpusOfPciId, matchGpu, matchGpuByPciId, type CatalogGpu } from '#shared/catalog/index.ts'
import { gpuTokens } from '#shared/catalog/gpuTokens.ts'
import { bytes } from '#shared/units/index.ts'

export interface Subject {
  readonly vendor: Vendor
  /** `8086:e20b`, null when unknown. */
  readonly pciId: string | null
  /** Names that tools gave, the best first. */
  readonly names: readonly string[]
  /** Other spellings of the same, which exclude no card. */
  readonly aliases?: readonly string[]
  readonly totalBytes: number | null
}

export interface CatalogKnowledge {
  readonly entry: CatalogGpu | null
  /** What the cards that it can be are called, null when there are none or too many. */
  readonly name: string | null
  /** The memory of every card that it can be, when they agree. */
  readonly totalBytes: number | null
}

/** More names than these would tell nothing. */
const MOST_NAMES = 3

/** What the catalog knows of a device: by PCI id first, then by the names of tools. */
export function catalogOf ({ vendor, pciId, names, aliases = [], totalBytes }: Subject): CatalogKnowledge {
  const deviceId = pciId?.split(':')[1] ?? null
  const byId = [...names.map((name) => matchGpuByPciId({ vendor, deviceId, name, totalBytes })), matchGpuByPciId({ vendor, deviceId, totalBytes })]
  const byName = [...names, ...aliases].map((name) => matchGpu(name, totalBytes === null ? null : bytes(totalBytes)))
  const isPossible = (gpu: CatalogGpu): boolean => gpu.vendor === vendor && !names.some((name) => contradicts(gpu, name))
  const entry = [...byId, ...byName].find((gpu) => gpu !== null && isPossible(gpu)) ?? null
  const candidates = entry === null ? gpusOfPciId({ vendor, deviceId, totalBytes }).filter(isPossible) : [entry]
  const totals = new Set(candidates.map(catalogTotal))
  return {
    entry,
    name: candidates.length === 0 || candidates.length > MOST_NAMES ? null : candidates.map((gpu) => gpu.name).join(' / '),
    totalBytes: totals.size === 1 ? [...totals][0]! : null
  }
}

const SUFFIXES = new Set(['xt', 'xtx', 'gre', 'm', 's', 'd', 'ti', 'super', 'mini'])

/**
 * Whether a name means another model than the card: a PCI id is shared by models that the catalog lacks. A name that lists
 * several models (`Navi 32 [Radeon RX 7700 XT / 7800 XT]`) excludes none.
 */
function contradicts ({ name, reportedNames }: CatalogGpu, reported: string): boolean {
  if (/[[/]/.test(reported)) return false
  const words = gpuTokens(reported)
  return ![name, ...reportedNames].some((known) => {
    const own = gpuTokens(known)
    return words.every((word) => own.includes(word) || !(/\d/.test(word) || SUFFIXES.has(word)) || /^\d+gb$/.test(word)) &&
      own.every((word) => words.includes(word) || !SUFFIXES.has(word))
  })
}

/** The total that its tool prints, else the size on the box; null for chips sold with different amounts. */
const catalogTotal = ({ memory, configurableMemory }: CatalogGpu): number | null => configurableMemory === true ? null : memory.reportedBytes ?? memory.nominalBytes

/** A device whose tool does not say how much memory it has, with the catalog's total. What is free of it stays unknown. */
export function withCatalogTotal (gpu: DetectedGpu, { totalBytes }: CatalogKnowledge): DetectedGpu {
  if (gpu.memory.totalBytes !== null || totalBytes === null) return gpu
  return { ...gpu, memory: { ...gpu.memory, totalBytes }, memorySource: 'catalog' }
}
