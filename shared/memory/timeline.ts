import type { PhaseKind } from './result.ts'
import { PeakRecord, type Tape } from './tape/index.ts'

/** Segments of a phase outside the decoder blocks; inside them the segment is the block's index. */
export const BEFORE_BLOCKS = -1
export const AFTER_BLOCKS = -2

/** What was seen of one phase: the peak of every segment, and what was live at the end. */
export interface PhaseTrace {
  readonly kind: PhaseKind
  readonly step: number
  readonly micro: number
  readonly segments: Map<number, PeakRecord>
  liveAfter: number
}

/** Divides what happens on a tape into phases, and phases into segments (the decoder blocks and what lies before and after). */
export class Timeline {
  readonly tape: Tape
  readonly phases: PhaseTrace[] = []

  constructor (tape: Tape) {
    this.tape = tape
  }

  begin (kind: PhaseKind, step: number, micro: number): void {
    this.end()
    this.phases.push({ kind, step, micro, segments: new Map(), liveAfter: 0 })
    this.segment(BEFORE_BLOCKS)
  }

  segment (index: number): void {
    const { segments } = this.phases.at(-1)!
    let record = segments.get(index)
    if (!record) segments.set(index, record = new PeakRecord())
    this.tape.layer = index
    this.tape.observe(record)
  }

  end (): void {
    this.tape.finish()
    const last = this.phases.at(-1)
    if (last) last.liveAfter = this.tape.live
  }
}
