import { CATEGORIES, type Breakdown, type Category } from '#shared/memory/index.ts'
import { bytes, type Bytes } from '#shared/units/index.ts'

export interface Segment {
  readonly category: Category
  readonly bytes: Bytes
  readonly start: Bytes
  /** Of the whole bar. */
  readonly share: number
}

/** A breakdown as the pieces of a stacked bar, in the fixed order of categories. Empty ones are left out. */
export function toSegments (breakdown: Breakdown): Segment[] {
  const held = CATEGORIES.flatMap((category) => (breakdown[category] ?? 0) > 0 ? [{ category, bytes: breakdown[category]! }] : [])
  const total = held.reduce((sum, piece) => sum + piece.bytes, 0)
  let start = 0
  return held.map((piece) => {
    const segment = { ...piece, start: bytes(start), share: piece.bytes / total }
    start += piece.bytes
    return segment
  })
}
