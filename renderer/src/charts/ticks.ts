import { GIB } from '#shared/units/index.ts'

/** Positions of an axis of memory in bytes: 0 and up in steps of a power of two GiB, at most `most` steps. */
export function memoryTicks (max: number, most = 8): number[] {
  if (!(max > 0)) return [0]
  let step = GIB / 16
  while (max / step > most) step *= 2
  return Array.from({ length: Math.floor(max / step) + 1 }, (_, i) => i * step)
}
