import type { GpuMemory, HostFacts } from '#shared/contract/index.ts'
import { memoryBytes, memoryOf, NO_MEMORY } from '../reading/figures.ts'
import { isOnePool } from '../reading/apu.ts'
import type { AmdDevice } from './merge.ts'

export interface SourcedMemory {
  readonly memory: GpuMemory
  readonly source: string | null
}

/** Of one source: VRAM and what of the host's memory the device can map. */
interface Amounts {
  readonly vramTotal: number | null
  readonly vramUsed: number | null
  readonly gttTotal: number | null
  readonly gttUsed: number | null
}

const NOTHING: SourcedMemory = { memory: NO_MEMORY, source: null }

/** The card's own memory, from the first source that knows the total. */
export function cardMemory ({ drm, kfd, amdSmi, rocmSmi, isPartition }: AmdDevice): SourcedMemory {
  // The figures of the card as a whole are no partition's; KFD knows the shares.
  if (isPartition) return kfd?.totalBytes == null ? NOTHING : { memory: memoryOf(kfd.totalBytes, null), source: 'sysfs' }
  const sources: readonly (readonly [string, Pick<Amounts, 'vramTotal' | 'vramUsed'> | null])[] = [
    ['sysfs', drm], ['sysfs', kfd && { vramTotal: kfd.totalBytes, vramUsed: null }], ['amd-smi', amdSmi], ['rocm-smi', rocmSmi]
  ]
  const source = sources.find(([, amounts]) => (amounts?.vramTotal ?? null) !== null)
  if (source === undefined) return NOTHING
  const total = source[1]!.vramTotal
  const used = source[1]!.vramUsed ?? amdSmi?.vramUsed ?? rocmSmi?.vramUsed ?? null
  return { memory: memoryOf(total, used), source: source[0] }
}

/**
 * An APU allocates from its carve-out and through GTT alike, so both are its pool. Of the GTT no more can be had than the host
 * has available. KFD and the tools alone show one of the two, which is no capacity; the total is then at least that.
 */
export function apuMemory (device: AmdDevice, deviceId: string | null, ram: Pick<HostFacts, 'ramTotalBytes' | 'ramFreeBytes'>): SourcedMemory {
  const { drm, kfd, amdSmi } = device
  const [source, amounts]: readonly [string, Amounts | null] = drm?.vramTotal != null ? ['sysfs', drm] : amdSmi?.vramTotal != null && amdSmi.gttTotal !== null ? ['amd-smi', amdSmi] : ['', null]
  if (amounts === null) return kfd?.totalBytes == null ? cardMemory(device) : { memory: memoryOf(kfd.totalBytes, null), source: 'sysfs' }
  const gttTotal = isOnePool(deviceId) ? 0 : amounts.gttTotal ?? 0
  const gttUsed = isOnePool(deviceId) ? 0 : amounts.gttUsed
  const total = memoryBytes((amounts.vramTotal ?? 0) + gttTotal)
  const used = amounts.vramUsed === null || gttUsed === null ? null : memoryBytes(amounts.vramUsed + gttUsed)
  const available = ram.ramTotalBytes > 0 ? ram.ramFreeBytes : null
  const free = used === null || amounts.vramUsed === null || gttUsed === null || available === null
    ? null
    : Math.max(0, amounts.vramTotal! - amounts.vramUsed) + Math.max(0, Math.min(gttTotal - gttUsed, available))
  return { memory: { ...memoryOf(total, used), freeBytes: free }, source }
}
