import type { GpuMemory } from '#shared/contract/index.ts'
import { valueAt, type Element } from './element.ts'
import { memorySize } from './figures.ts'

/** The four figures of a memory element. */
export function readMemory (usage: Element | null): GpuMemory {
  const read = (name: string): number | null => usage === null ? null : memorySize(valueAt(usage, name))
  const totalBytes = read('total') || null
  // A figure beyond the total is an unsigned underflow or damage, not a size.
  const bounded = (bytes: number | null): number | null => bytes !== null && (totalBytes === null || bytes > totalBytes) ? null : bytes
  return { totalBytes, reservedBytes: bounded(read('reserved')), usedBytes: bounded(read('used')), freeBytes: bounded(read('free')) }
}
