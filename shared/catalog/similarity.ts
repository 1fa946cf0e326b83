import { nearest } from '../text/nearest.ts'

/**
 * How well a typed word stands for a known one: 1 the same, 0 not at all. Numbers must agree (`7b` is not `27b` nor `8b`) or
 * be begun (`7`); words may be begun, contained or mistyped.
 */
export function similarity (typed: string, known: string): number {
  if (typed === known) return 1
  if (/\d/.test(typed) || /\d/.test(known)) return begunNumber(typed, known)
  if (known.startsWith(typed)) return 0.85
  if (typed.length >= 3 && known.includes(typed)) return 0.6
  return isTypo(typed, known) ? 0.5 : 0
}

function begunNumber (typed: string, known: string): number {
  if (!known.startsWith(typed)) return 0
  return /\d/.test(known[typed.length]!) ? 0.6 : 0.85
}

function isTypo (typed: string, known: string): boolean {
  if (typed.length < 4 || Math.abs(typed.length - known.length) > 2) return false
  // Nearly every typo keeps one of the first two letters near its place; the rest need not be measured.
  if (typed[0] !== known[0] && typed[0] !== known[1] && typed[1] !== known[0]) return false
  return nearest(typed, [known]) !== null
}
