import { noNumber } from './noNumber.ts'

/* Numbers as nvidia-smi prints them in its reports: with a unit. */

const UNITS: Readonly<Record<string, number>> = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 }

/** No GPU has more; an unsigned underflow shows as 17179869184 GiB. */
export const LARGEST_MEMORY = 2 * 1024 ** 4

/** `24576 MiB` in bytes; null for anything that is not such a figure, or that no GPU can have. */
export function memorySize (text: string | null): number | null {
  const bytes = anySize(text)
  return bytes !== null && bytes <= LARGEST_MEMORY ? bytes : null
}

/** The same, however large. */
export function anySize (text: string | null): number | null {
  const match = /^(\d{1,20}(?:\.\d{1,6})?)\s*(B|KiB|MiB|GiB)$/.exec(text?.trim() ?? '')
  if (match === null) return null
  const bytes = Number(match[1]) * UNITS[match[2]!]!
  return Number.isInteger(bytes) ? bytes : null
}

/** `61.27 W` as a number, null for any other unit or none. */
export function quantity (text: string | null, unit: string): number | null {
  const match = /^(-?\d{1,6}(?:\.\d{1,6})?)\s*(\w+)$/.exec(text?.trim() ?? '')
  return match !== null && match[2] === unit ? Number(match[1]) : null
}

/** `37 %` as 0.37. */
export function share (text: string | null): number | null {
  const percent = /^(\d{1,3})\s*%$/.exec(text?.trim() ?? '')?.[1]
  return percent !== undefined && Number(percent) <= 100 ? Number(percent) / 100 : null
}

export const count = (text: string | null): number | null => /^\d{1,10}$/.test(text ?? '') ? Number(text) : null

/** Newer drivers append a note to the number. */
export const version = (text: string | null): string | null => /^\d[\w.]*/.exec(text ?? '')?.[0] ?? null

export const enabled = (text: string | null): boolean | null =>
  text === null || noNumber(text) !== null ? null : /^(enabled|yes|on)$/i.test(text) ? true : /^(disabled|no|off)$/i.test(text) ? false : null

/** `218210DE`, device then vendor, as `10de:2182`. */
export function pciDeviceId (text: string | null): string | null {
  const match = /^(?:0x)?([0-9a-f]{4})([0-9a-f]{4})$/i.exec(text ?? '')
  return match === null ? null : `${match[2]!}:${match[1]!}`.toLowerCase()
}
