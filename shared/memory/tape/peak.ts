import { CATEGORIES, type Category } from '../category.ts'

const INDEX: Readonly<Record<Category, number>> = Object.fromEntries(CATEGORIES.map((c, i) => [c, i])) as Record<Category, number>
export const categoryIndex = (category: Category): number => INDEX[category]

/** Bytes per category, in the order of CATEGORIES. */
export type Held = Float64Array

export const emptyHeld = (): Held => new Float64Array(CATEGORIES.length)

/** The highest moment of a stretch of the tape: how much was live, of what, and when. */
export class PeakRecord {
  bytes = 0
  /** By category at the peak; adds up to `bytes`. */
  readonly held = emptyHeld()
  /** Number of log events up to the peak; 0 without a log. */
  event = 0
}
