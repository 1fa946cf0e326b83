import { capacityOf, searchGpus, type CatalogGpu } from '#shared/catalog/index.ts'
import type { PaperDevices } from '#shared/contract/index.ts'
import { formatBytes, parseBytes, parseCount, type Bytes, type Locale } from '#shared/units/index.ts'
import type { PaperMachine } from './machineLine.ts'

export const NEW_GROUP: PaperDevices = { gpuId: null, name: '', memoryBytes: null, count: 1 }
export const newMachine = (name: string): PaperMachine => ({ kind: 'paper', name, devices: [{ ...NEW_GROUP, gpuId: 'h100-sxm-80gb', name: 'NVIDIA H100 80GB HBM3', count: 8 }], ramBytes: null, diskBytes: null })

const MOST = 2 ** 50

/** A count of devices as typed, null when it is none. */
export function parseDevices (text: string): number | null {
  const count = parseCount(text)
  return count !== null && Number.isInteger(count) && count >= 1 && count <= 1024 ? count : null
}

/** An amount of memory as typed, null when it is none. */
export function parseAmount (text: string): number | null {
  const amount = parseBytes(text)
  return amount !== null && amount >= 1 && amount <= MOST ? amount : null
}

/** Amounts are shown as they can be typed again: `80 GiB`, not `80.00 GiB`. */
export const formatAmount = (amount: number, locale: Locale): string => formatBytes(amount as Bytes, locale).replaceAll(',', '').replace(/\.?0+(?= )/, '')

/** Cards of the catalog for a group, those of unknown memory too: it can be typed beside them. */
export const searchCards = (query: string): readonly CatalogGpu[] => searchGpus(query, 60)

export function chooseCard (group: PaperDevices, gpu: CatalogGpu | null, typed: string): PaperDevices {
  return gpu ? { ...group, gpuId: gpu.id, name: gpu.name, memoryBytes: capacityOf(gpu) === null ? group.memoryBytes : null } : { ...group, gpuId: null, name: typed.trim() }
}

/** Which part of the draft cannot be saved yet: its name, or a group without a name or a memory size. */
export function draftProblem (draft: PaperMachine, memoryOf: (group: PaperDevices) => number | null): 'name' | 'device' | 'memory' | null {
  if (draft.name.trim() === '') return 'name'
  if (draft.devices.some(({ name }) => name.trim() === '')) return 'device'
  return draft.devices.some((group) => memoryOf(group) === null) ? 'memory' : null
}
