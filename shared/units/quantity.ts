import { GIB, KIB, MIB, type Bytes } from './bytes.ts'

const MULTIPLIERS: Readonly<Record<string, number>> = {
  '': 1, k: 1024, m: 1024 ** 2,
  b: 1, kib: KIB, mib: MIB, gib: GIB, tib: GIB * 1024,
  kb: 1e3, mb: 1e6, gb: 1e9, tb: 1e12
}

/**
 * Reads what people type into a number field: `4096`, `32k` (×1024), `4*8`, `1,024`, `1e-4`.
 * Returns null when the text is not a number; ranges are the caller's concern.
 */
export function parseCount (text: string): number | null {
  return product(text, (token) => scaled(token, (suffix) => suffix === '' || suffix === 'k' || suffix === 'm'))
}

/** Reads an amount of memory: `80GiB`, `24 gb`, `512MiB`, `2*40GiB`; a bare number is GiB. Null when it is not one. */
export function parseBytes (text: string): Bytes | null {
  let sawUnit = false
  const n = product(text, (token) => scaled(token, (suffix) => {
    if (suffix === '') return true
    sawUnit = true
    return suffix !== 'k' && suffix !== 'm'
  }))
  return n === null ? null : Math.round(sawUnit ? n : n * GIB) as Bytes
}

function product (text: string, read: (token: string) => number | null): number | null {
  let result = 1
  for (const token of text.replaceAll('×', '*').split('*')) {
    const value = read(token.trim().toLowerCase())
    if (value === null) return null
    result *= value
  }
  return Number.isFinite(result) ? result : null
}

function scaled (token: string, allowed: (suffix: string) => boolean): number | null {
  const match = /^([+-]?(?:\d[\d,_]*\.?\d*|\.\d+)(?:e[+-]?\d+)?)\s*([a-z]*)$/.exec(token)
  if (!match) return null
  const suffix = match[2]!
  const multiplier = MULTIPLIERS[suffix]
  if (multiplier === undefined || !allowed(suffix)) return null
  return Number(match[1]!.replaceAll(/[,_]/g, '')) * multiplier
}
