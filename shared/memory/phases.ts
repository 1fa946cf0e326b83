import { CATEGORIES, type Category } from './category.ts'
import type { Breakdown, PhasePeak } from './result.ts'
import type { Held, PeakRecord } from './tape/index.ts'
import { AFTER_BLOCKS, BEFORE_BLOCKS, type PhaseTrace } from './timeline.ts'
import { bytes, type Bytes } from '../units/index.ts'

/** Depths of the two small tapes. From three blocks on, every block's place is one of: first, second, second last, last. */
export const SHALLOW = 3
export const DEEPER = 4

/** A phase whose peak is known: its bytes by category, and in which segment of the tape(s) it lies. */
export interface Peak {
  readonly bytes: number
  readonly held: Held
  readonly segment: SegmentPair
}

/** The same place in the shallow and in the deeper tape; equal when only one tape was run. */
export interface SegmentPair {
  readonly shallow: PeakRecord
  readonly deeper: PeakRecord
}

/**
 * The highest segment of a phase of one full tape of `layers` blocks. Among equals the first of PLACES wins, as in the
 * extrapolation.
 */
export function highestSegment (trace: PhaseTrace, layers: number): Peak {
  const outer = PLACES.map(([, fromEnd]) => fromEnd < 2 ? fromEnd : layers - DEEPER + fromEnd)
  let best: PeakRecord | null = null
  for (const index of [...outer, ...trace.segments.keys()]) {
    const record = trace.segments.get(index)
    if (record && (!best || record.bytes > best.bytes)) best = record
  }
  return { bytes: best!.bytes, held: best!.held, segment: { shallow: best!, deeper: best! } }
}

/**
 * The peak of a phase at `layers` blocks from tapes of 3 and 4. In every segment memory is affine in the number of equal
 * blocks; block i of L is affine in both i and L, so the blocks between the second and the second last cannot be higher than
 * both of those. The peak is the highest extrapolated segment.
 */
export function extrapolatePeak (shallow: PhaseTrace, deeper: PhaseTrace, layers: number): Peak {
  const more = layers - SHALLOW
  let best: SegmentPair | null = null
  let bestBytes = -1
  for (const [inShallow, inDeeper] of PLACES) {
    const a = shallow.segments.get(inShallow)
    const b = deeper.segments.get(inDeeper)
    if (!a || !b) continue
    const extrapolated = a.bytes + more * (b.bytes - a.bytes)
    if (extrapolated > bestBytes) {
      bestBytes = extrapolated
      best = { shallow: a, deeper: b }
    }
  }
  const { shallow: a, deeper: b } = best!
  return { bytes: bestBytes, held: a.held.map((held, i) => held + more * (b.held[i]! - held)), segment: best! }
}

/** Segment in the shallow tape → the same place in the deeper one. */
const PLACES: readonly (readonly [number, number])[] = [
  [BEFORE_BLOCKS, BEFORE_BLOCKS],
  [AFTER_BLOCKS, AFTER_BLOCKS],
  [0, 0],
  [1, 1],
  [SHALLOW - 2, DEEPER - 2],
  [SHALLOW - 1, DEEPER - 1]
]

export const extrapolate = (shallow: number, deeper: number, layers: number): number => shallow + (layers - SHALLOW) * (deeper - shallow)

export function toBreakdown (held: Held): Breakdown {
  const parts: Partial<Record<Category, Bytes>> = {}
  CATEGORIES.forEach((category, i) => {
    if (held[i]! > 0) parts[category] = bytes(held[i]!)
  })
  return parts
}

export function toPhasePeak (trace: PhaseTrace, peak: Peak, liveAfter: number): PhasePeak {
  return { kind: trace.kind, step: trace.step, micro: trace.micro, peak: bytes(peak.bytes), liveAfter: bytes(liveAfter), breakdown: toBreakdown(peak.held) }
}
