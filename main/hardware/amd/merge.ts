import { cardOf, functionOf } from '../reading/busId.ts'
import type { DrmCard } from './drm.ts'
import type { KfdNode } from './kfd.ts'
import type { RocmCard } from './rocmSmi.ts'
import type { ToolCard } from './toolCard.ts'

/** One device, as each source knows it. */
export interface AmdDevice {
  /** Bus id; of partitions the function tells which one. Null where no source gives a place. */
  readonly busId: string | null
  /** Whether it is one of several partitions of its card. */
  readonly isPartition: boolean
  readonly drm: DrmCard | null
  readonly kfd: KfdNode | null
  readonly amdSmi: ToolCard | null
  readonly rocmSmi: RocmCard | null
}

interface Slot {
  drm?: DrmCard
  kfd?: KfdNode
  amdSmi?: ToolCard
  rocmSmi?: RocmCard
}

export interface Sources {
  readonly drm: readonly DrmCard[]
  readonly kfd: readonly KfdNode[]
  readonly amdSmi: readonly ToolCard[]
  readonly rocmSmi: readonly RocmCard[]
}

/** Joins what the sources say by place, else by unique id or KFD node: the kernel's devices first, then what only a tool lists. */
export function mergeSources ({ drm, kfd, amdSmi, rocmSmi }: Sources): AmdDevice[] {
  const lists = { kfd: placed(kfd), drm: placed(drm), amdSmi: placed(amdSmi), rocmSmi: placed(rocmSmi) }
  const partitions = new Map<string, number>()
  for (const list of Object.values(lists)) {
    for (const { place, item } of list) {
      if (place === null) continue
      const count = list.filter((other) => other.place !== null && cardOf(other.place) === cardOf(place) && other.item.uniqueId === item.uniqueId).length
      partitions.set(cardOf(place), Math.max(partitions.get(cardOf(place)) ?? 1, count))
    }
  }
  const slots = new Map<string, Slot>()
  for (const kind of ['kfd', 'drm', 'amdSmi', 'rocmSmi'] as const) {
    lists[kind].forEach(({ place, item }, order) => {
      const key = place ?? knownPlace(slots, item, lists[kind].length, kind) ?? `${kind}-${order}`
      slots.set(key, { ...slots.get(key), [kind]: item })
    })
  }
  return [...slots].map(([key, slot]) => {
    const busId = /^[0-9a-f]{8}:/.test(key) ? key : null
    return {
      busId,
      isPartition: (busId !== null && (partitions.get(cardOf(busId)) ?? 1) > 1) || isShare(slot),
      drm: slot.drm ?? null,
      kfd: slot.kfd ?? null,
      amdSmi: slot.amdSmi ?? null,
      rocmSmi: slot.rocmSmi ?? null
    }
  })
}

/** A container may be given one partition alone: KFD then shows less memory than the card has. */
const isShare = ({ kfd, drm }: Slot): boolean => kfd?.totalBytes != null && drm?.vramTotal != null && kfd.totalBytes < drm.vramTotal * 0.9

interface Placeable {
  readonly busId: string | null
  readonly uniqueId: string | null
  readonly partition?: number | null
}

/**
 * Partitions that a tool lists under one bus id are told apart by their number, or by their order. Different cards under one
 * (older kernels leave out the PCI domain) have no place that can be relied on.
 */
function placed<T extends Placeable> (items: readonly T[]): { readonly place: string | null, readonly item: T }[] {
  return items.map((item, at) => {
    if (item.busId === null) return { place: null, item }
    const sharing = items.filter((other) => other.busId === item.busId)
    if (sharing.length === 1) return { place: item.busId, item }
    if (sharing.some((other) => other.uniqueId !== item.uniqueId)) return { place: null, item }
    const before = items.slice(0, at).filter((other) => other.busId === item.busId).length
    const numbers = new Set(sharing.map((other) => other.partition))
    const number = numbers.size === sharing.length && typeof item.partition === 'number' ? item.partition : functionOf(item.busId) + before
    return { place: `${cardOf(item.busId)}.${number}`, item }
  })
}

function knownPlace (slots: ReadonlyMap<string, Slot>, item: DrmCard | KfdNode | ToolCard, count: number, kind: keyof Sources): string | null {
  const free = [...slots].filter(([, slot]) => slot[kind] === undefined)
  const only = (matching: (slot: Slot) => boolean): string | null => {
    const found = free.filter(([, slot]) => matching(slot))
    return found.length === 1 ? found[0]![0] : null
  }
  const { uniqueId, deviceId } = item
  const byId = uniqueId === null ? null : only(({ drm, kfd, amdSmi }) => [drm, kfd, amdSmi].some((other) => other?.uniqueId === uniqueId))
  const byNode = 'node' in item && item.node !== null ? only(({ kfd }) => kfd?.node === item.node) : null
  // A machine with one card needs no more than that both sources mean the same model.
  const bySize = count === 1 && slots.size === 1 && deviceId !== null ? only(({ drm, kfd, amdSmi }) => (drm ?? kfd ?? amdSmi)?.deviceId === deviceId) : null
  return byId ?? byNode ?? bySize
}
