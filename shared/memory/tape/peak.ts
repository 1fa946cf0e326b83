import { CATEGORIES, type Category } from '../category.ts'

const INDEX: Readonly<Record<Category, number>> = Object.fromEntries(CATEGORIES.map((c, i) => [c, i])) as Record<Category, number>
export const categoryIndex = (category: Category): number => INDEX[category]

/** Bytes per category, in the order of CATEGORIES. A plain array: hundreds are made, and a typed one of this size lies outside the heap. */
export type Held = number[]

/** Filled with fractions first, so that the engine keeps it as an array of doubles. */
const EMPTY = CATEGORIES.map(() => 0.5).fill(0)

export const emptyHeld = (): Held => EMPTY.slice()

export function copyHeld (from: readonly number[], to: Held): void {
  for (let i = 0; i < from.length; i++) to[i] = from[i]!
}

/** The highest moment of a stretch of the tape: how much was live, of what, and when. */
export class PeakRecord {
  bytes = 0
  /** By category at the peak; adds up to `bytes`. */
  readonly held = emptyHeld()
  /** Number of log events up to the peak; 0 without a log. */
  event = 0
  /** Whether the peak is that of the first step with what the first step left on top. */
  raised = false
}

/** The same moment with `more` on top: what a later optimizer step finds allocated in addition. */
export function raised (record: PeakRecord, more: Held): PeakRecord {
  const result = new PeakRecord()
  result.bytes = more.reduce((sum, bytes) => sum + bytes, record.bytes)
  record.held.forEach((bytes, i) => { result.held[i] = bytes + more[i]! })
  result.event = record.event
  result.raised = true
  return result
}
