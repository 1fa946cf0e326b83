import type { GpuMemory } from '#shared/contract/index.ts'
import { KIB, MIB } from '#shared/units/index.ts'

/* Numbers as vendors' tools write them. What is no number, or none that a device can have, is null. */

/** No machine has more devices; an answer that lists more is damaged. */
export const MOST_DEVICES = 256

/** No device has more; a figure beyond is an underflow or damage. */
const LARGEST_MEMORY = 2 * 1024 ** 4

/** Whole bytes that a device can have, else null. */
export const memoryBytes = (value: number | null): number | null =>
  value !== null && Number.isSafeInteger(value) && value >= 0 && value <= LARGEST_MEMORY ? value : null

/** A whole decimal number in text or as a number. */
export function wholeNumber (value: unknown): number | null {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value : null
  return typeof value === 'string' && /^\d{1,15}$/.test(value.trim()) ? Number(value) : null
}

/** `35.0`, `35`, `35 C`, `228W`; null for `N/A`, `-` and the like. */
export function decimal (value: unknown): number | null {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null
  const match = typeof value === 'string' ? /^\s*(-?\d{1,12}(?:\.\d{1,6})?)\s*(?:°?C|W|%|MHz)?\s*$/.exec(value) : null
  return match === null ? null : Number(match[1])
}

/** AMD writes MB for 1024² bytes: 16368 MB are the 17163091968 bytes of a 16 GB card. */
const SIZE_UNITS: Readonly<Record<string, number>> = { B: 1, KB: KIB, KIB, MB: MIB, MIB }

/** A size in bytes from its number and unit; rounded units (GB) are no exact figure and give null. */
export function sizeInBytes (value: unknown, unit: unknown): number | null {
  const factor = typeof unit === 'string' ? SIZE_UNITS[unit.trim().toUpperCase()] : undefined
  const number = decimal(value)
  return factor === undefined || number === null ? null : memoryBytes(Math.round(number * factor))
}

export const mibBytes = (value: number | null): number | null => value === null ? null : memoryBytes(value * MIB)

/** A percentage as a share; null outside 0 … 100. */
export const share = (percent: number | null): number | null => percent !== null && percent >= 0 && percent <= 100 ? percent / 100 : null

/** Between what sensors of working devices show; a sensor that is absent often reads as nonsense. */
export const temperature = (degrees: number | null): number | null => degrees !== null && degrees > -60 && degrees < 200 ? degrees : null
export const power = (watts: number | null): number | null => watts !== null && watts >= 0 && watts < 20_000 ? watts : null

/** Memory with the free part that follows from the other two. A used figure beyond the total means nothing. */
export function memoryOf (total: number | null, used: number | null, free: number | null = null): GpuMemory {
  const totalBytes = total !== null && total > 0 ? memoryBytes(total) : null
  const bounded = (value: number | null): number | null => {
    const bytes = memoryBytes(value)
    return bytes !== null && totalBytes !== null && bytes > totalBytes ? null : bytes
  }
  const usedBytes = bounded(used)
  const freeBytes = bounded(free) ?? (totalBytes !== null && usedBytes !== null ? totalBytes - usedBytes : null)
  return { totalBytes, reservedBytes: null, usedBytes, freeBytes }
}

export const NO_MEMORY: GpuMemory = { totalBytes: null, reservedBytes: null, usedBytes: null, freeBytes: null }
