import type { EventLog, Simulation } from '../simulate.ts'
import { DEEPER, type Stack } from '../stack.ts'
import { ALLOCATION_UNIT } from '../tape/storage.ts'
import type { PhaseTrace } from '../timeline.ts'
import type { EventStream } from './eventStream.ts'
import { OUTSIDE, SECOND, SECOND_LAST, stretchesOf, Unrepeated, type Stretch } from './stretches.ts'

/**
 * The events of a stack of many repeats from the log of a tape of 4: between the second and the second last repeat, every walk of
 * the run through the blocks is continued with copies of what both do. A storage that goes is the one that appeared at the same
 * place of the same repeat, of its neighbour, or outside of the repeats. `shallow`: the tape of 3, which tells how many storages a
 * repeat makes. Null where the log is not made like that.
 */
export function unroll (shallow: Simulation, deeper: Simulation, stack: Stack): EventStream | null {
  try {
    return new Unrolling(deeper.log!, deeper.phases, stack, deeper.storages - shallow.storages).stream()
  } catch (error) {
    if (error instanceof Unrepeated) return null
    throw error
  }
}

class Unrolling {
  private readonly log: EventLog
  private readonly repeats: number
  private readonly stretches: readonly Stretch[]
  /** The stretch of every event. */
  private readonly stretchAt: Stretch[] = []
  private readonly units: Int32Array
  private readonly born: Int32Array
  private readonly isGone: Uint8Array
  /** Where stretches outside of walks begin in the longer stream. */
  private readonly outside = new Map<Stretch, number>()
  private length = 0

  constructor (log: EventLog, phases: readonly PhaseTrace[], stack: Stack, perRepeat: number) {
    this.log = log
    this.repeats = stack.repeats
    this.stretches = stretchesOf(log, phases, stack)
    for (const stretch of this.stretches) for (let i = stretch.from; i < stretch.to; i++) this.stretchAt.push(stretch)
    const made = log.events.reduce((n, { bornAt }, i) => bornAt === i && this.stretchAt[i]?.repeat === SECOND ? n + 1 : n, 0)
    if (made !== perRepeat) throw new Unrepeated()
    const middle = this.stretches.reduce((n, { repeat, from, to }) => repeat === SECOND ? n + to - from : n, 0)
    const length = log.firstStep[1] + (stack.repeats - DEEPER) * middle
    this.units = new Int32Array(length)
    this.born = new Int32Array(length)
    this.isGone = new Uint8Array(length)
  }

  stream (): EventStream {
    this.findWalks()
    let begin = this.units.length
    for (const [i, stretch] of this.stretches.entries()) {
      if (stretch.from === this.log.firstStep[0]) begin = this.length
      this.put(stretch, this.numberOf(stretch.repeat))
      if (stretch.walk && isMiddle(stretch)) {
        const next = this.stretches[i + 1]!
        const [second, secondLast] = stretch.repeat === SECOND ? [stretch, next] : [next, stretch]
        if (next.walk !== stretch.walk || !isMiddle(next) || next.repeat === stretch.repeat) continue
        for (let n = 2; n < this.repeats - 2; n++) this.putCopy(second, secondLast, stretch.repeat === SECOND ? n : this.repeats - 1 - n)
      }
    }
    if (this.length !== this.units.length) throw new Unrepeated()
    return { units: this.units, born: this.born, firstStep: [begin, this.length] }
  }

  /** Walks go up (0, 1, 2, 3) or down; every second repeat has to have its second last beside it, doing the same. */
  private findWalks (): void {
    const { stretches } = this
    for (let i = 0; i + 1 < stretches.length; i++) {
      const [a, b] = [stretches[i]!, stretches[i + 1]!]
      if (!isMiddle(a) || !isMiddle(b) || a.repeat === b.repeat || a.walk) continue
      const walk = { starts: new Int32Array(this.repeats).fill(-1) }
      a.walk = b.walk = walk
      const [outer, other] = [stretches[i - 1], stretches[i + 2]]
      const step = b.repeat - a.repeat
      if (outer?.repeat === a.repeat - step) outer.walk = walk
      if (other?.repeat === b.repeat + step) other.walk = walk
    }
    for (const stretch of stretches) if (isMiddle(stretch) && !stretch.walk) throw new Unrepeated()
  }

  /** Which repeat of the longer stack one of the four is. */
  private numberOf (repeat: number): number {
    return repeat < SECOND_LAST ? repeat : this.repeats - DEEPER + repeat
  }

  private put (stretch: Stretch, n: number): void {
    if (stretch.walk) stretch.walk.starts[n] = this.length
    else this.outside.set(stretch, this.length)
    for (let i = stretch.from; i < stretch.to; i++) this.event(i, stretch, n)
  }

  private putCopy (second: Stretch, secondLast: Stretch, n: number): void {
    const { events } = this.log
    if (second.to - second.from !== secondLast.to - secondLast.from) throw new Unrepeated()
    second.walk!.starts[n] = this.length
    for (let i = second.from, j = secondLast.from; i < second.to; i++, j++) {
      const [a, b] = [events[i]!, events[j]!]
      if (a.bytes !== b.bytes || (a.bornAt === i) !== (b.bornAt === j)) throw new Unrepeated()
      // Of its neighbours only those in the middle are alike: the second repeat knows the one after it, the second last the one before.
      const [ofA, ofB] = [this.stretchAt[a.bornAt]!, this.stretchAt[b.bornAt]!]
      const distance = ofA.repeat - SECOND
      if (ofA.walk !== ofB.walk || (ofA.walk ? distance !== ofB.repeat - SECOND_LAST : a.bornAt !== b.bornAt)) throw new Unrepeated()
      if (ofA.walk && distance === 0 && a.bornAt - ofA.from !== b.bornAt - ofB.from) throw new Unrepeated()
      if (distance < 0 && ofA.walk) this.event(j, secondLast, n)
      else this.event(i, second, n)
    }
  }

  /** Event `i` of the log once more, as one of repeat `n`. */
  private event (i: number, { repeat }: Stretch, n: number): void {
    const { bytes, bornAt } = this.log.events[i]!
    const at = this.length++
    this.units[at] = bytes / ALLOCATION_UNIT
    if (bornAt === i) {
      this.born[at] = at
      return
    }
    const origin = this.stretchAt[bornAt]!
    const start = origin.walk ? origin.walk.starts[this.origin(origin.repeat, repeat, n)]! : this.outside.get(origin)!
    const from = start + bornAt - origin.from
    if (start < 0 || this.isGone[from]) throw new Unrepeated()
    this.isGone[from] = 1
    this.born[at] = from
  }

  /** In which repeat of the longer stack something appeared that goes in repeat `n`. */
  private origin (origin: number, repeat: number, n: number): number {
    if (repeat !== OUTSIDE && Math.abs(origin - repeat) <= 1) return n + origin - repeat
    // Something of one in the middle that goes elsewhere would have as many companions as there are repeats.
    if (origin === SECOND || origin === SECOND_LAST) throw new Unrepeated()
    return this.numberOf(origin)
  }
}

const isMiddle = ({ repeat }: Stretch): boolean => repeat === SECOND || repeat === SECOND_LAST
