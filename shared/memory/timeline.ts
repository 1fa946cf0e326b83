import type { BlockEffects } from './passes/blockEffects.ts'
import type { PhaseKind } from './result.ts'
import { copyHeld, emptyHeld, PeakRecord, type Held, type Tape } from './tape/index.ts'

/** Segments of a phase outside the decoder blocks; inside them the segment is the block's index. */
export const BEFORE_BLOCKS = -1
export const AFTER_BLOCKS = -2
/** In the optimizer's phase: the clipping of gradients, whose peak grows with every tensor where the step's own may not. */
export const CLIPPING = -4
/** After the model's call: what autocast cached is gone, so memory grows otherwise with depth than before. */
export const AFTER_MODEL = -3
/** The loss of the routers, after the model's own: what it keeps grows with depth. */
export const ROUTER_LOSS = -5

/** What was seen of one phase: the peak of every segment, and what was live at the end. */
export interface PhaseTrace {
  readonly kind: PhaseKind
  readonly step: number
  readonly micro: number
  /** Number of log events before it. */
  readonly from: number
  readonly segments: Map<number, PeakRecord>
  liveAfter: number
  /** `liveAfter` by category. */
  readonly heldAfter: Held
  /** What was live when each segment was entered, in order; empty unless effects of blocks are recorded. */
  readonly marks: Mark[]
}

/** A moment at which a segment begins. */
export interface Mark {
  readonly segment: number
  readonly live: number
  readonly held: Held
}

/** Divides what happens on a tape into phases, and phases into segments (the decoder blocks and what lies before and after). */
export class Timeline {
  readonly tape: Tape
  readonly phases: PhaseTrace[] = []
  /** Records what blocks do, or stands for them. */
  effects: BlockEffects | null = null
  private current: PhaseTrace | null = null

  constructor (tape: Tape) {
    this.tape = tape
  }

  /** `segment`: where it begins. A loss outside the model's call begins after it: its backward pass is another moment than the embedding's. */
  begin (kind: PhaseKind, step: number, micro: number, segment = BEFORE_BLOCKS): void {
    this.end()
    this.current = { kind, step, micro, from: this.tape.events?.length ?? 0, segments: new Map(), liveAfter: 0, heldAfter: emptyHeld(), marks: [] }
    this.phases.push(this.current)
    this.segment(segment)
  }

  /** Enters a segment of the current phase. */
  segment (index: number): void {
    const { segments } = this.current!
    let record = segments.get(index)
    if (!record) segments.set(index, record = new PeakRecord())
    if (this.effects) this.mark(index)
    this.tape.layer = index
    this.tape.observe(record)
  }

  /** Notes what is live where a segment begins, or where none goes on. */
  mark (segment = AFTER_BLOCKS): void {
    const { marks } = this.current!
    if (marks.at(-1)?.segment === segment) return
    const held = emptyHeld()
    copyHeld(this.tape.held, held)
    marks.push({ segment, live: this.tape.live, held })
  }

  /** Ends the current phase. What happens until the next one begins belongs to none. */
  end (): void {
    if (!this.current) return
    this.tape.observe(new PeakRecord())
    this.current.liveAfter = this.tape.live
    copyHeld(this.tape.held, this.current.heldAfter)
    this.current = null
  }
}
