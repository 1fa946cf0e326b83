import { CATEGORIES, type Category } from './category.ts'
import type { Breakdown, PhasePeak } from './result.ts'
import { DEEPER, samePlaces, SHALLOW, type Stack } from './stack.ts'
import type { Held, PeakRecord } from './tape/index.ts'
import { AFTER_BLOCKS, AFTER_MODEL, BEFORE_BLOCKS, CLIPPING, ROUTER_LOSS, type PhaseTrace } from './timeline.ts'
import { bytes, type Bytes } from '../units/index.ts'

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

/** Segments in the order in which one of equal height is preferred: before and after the blocks, then the blocks as given. */
type Places = readonly (readonly [shallow: number, deeper: number])[]
const OUTSIDE: Places = [[BEFORE_BLOCKS, BEFORE_BLOCKS], [AFTER_BLOCKS, AFTER_BLOCKS], [AFTER_MODEL, AFTER_MODEL], [ROUTER_LOSS, ROUTER_LOSS], [CLIPPING, CLIPPING]]

/** The highest segment of a phase of one full tape. Among equals the same place wins as in the extrapolation of `stack`. */
export function highestSegment (trace: PhaseTrace, stack: Stack): Peak {
  const { before, period, repeats, after } = stack
  const skipped = (repeats - DEEPER) * period.length
  const tail = before.length + 2 * period.length
  const extrapolated = samePlaces(stack).map(([, deeper]) => deeper < tail ? deeper : deeper + skipped)
  const all = repeats > 0 ? extrapolated : [...before, ...after].keys()
  let best: PeakRecord | null = null
  for (const index of [...OUTSIDE.map(([segment]) => segment), ...all, ...trace.segments.keys()]) {
    const record = trace.segments.get(index)
    if (record && (!best || record.bytes > best.bytes)) best = record
  }
  return { bytes: best!.bytes, held: best!.held, segment: { shallow: best!, deeper: best! } }
}

/**
 * The peak of a phase from tapes of 3 and 4 repeats of the stack's pattern. In every segment memory is affine in the number of
 * repeats; the i-th of R is affine in both i and R, so the repeats between the second and the second last cannot be higher than
 * both of those. The peak is the highest extrapolated segment.
 */
export function extrapolatePeak (shallow: PhaseTrace, deeper: PhaseTrace, stack: Stack): Peak {
  let best: SegmentPair | null = null
  let bestBytes = -1
  for (const [inShallow, inDeeper] of [...OUTSIDE, ...samePlaces(stack)]) {
    const a = shallow.segments.get(inShallow)
    const b = deeper.segments.get(inDeeper)
    if (!a || !b) continue
    const bytes = extrapolate(a.bytes, b.bytes, stack)
    if (bytes > bestBytes) {
      bestBytes = bytes
      best = { shallow: a, deeper: b }
    }
  }
  const { shallow: a, deeper: b } = best!
  return { bytes: bestBytes, held: a.held.map((held, i) => extrapolate(held, b.held[i]!, stack)), segment: best! }
}

/** A quantity at the stack's own number of repeats, from its values at 3 and 4. */
export const extrapolate = (shallow: number, deeper: number, { repeats }: Stack): number => shallow + (repeats - SHALLOW) * (deeper - shallow)

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
