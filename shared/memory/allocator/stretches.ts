import type { EventLog } from '../simulate.ts'
import { DEEPER, type Stack } from '../stack.ts'
import type { PhaseTrace } from '../timeline.ts'

/** The events of a stack are not those of a repeated pattern: run all of its blocks. */
export class Unrepeated extends Error {}

/** Events one after the other that belong to the same repeat of the pattern, or to none. */
export interface Stretch {
  readonly from: number
  to: number
  /** 0 to 3 on a tape of 4 repeats; `OUTSIDE`. */
  readonly repeat: number
  /** Shared by the stretches of a walk through the repeats, up or down, of which the middle ones do the same. */
  walk: Walk | null
}

/** A walk through the repeats: which of them has been put where in the longer stream. */
export interface Walk {
  /** Where each repeat's stretch begins in the longer stream. */
  readonly starts: Int32Array
}

export const OUTSIDE = -1

/** The second and the second last repeat: what is between them in a longer stack does as they do. */
export const SECOND = 1
export const SECOND_LAST = DEEPER - 2

/** The log of a tape of 4 repeats, cut where another repeat goes on, and where phases and the first optimizer step begin. */
export function stretchesOf ({ events, layers, firstStep: [begin, end] }: EventLog, phases: readonly PhaseTrace[], { before, period }: Stack): Stretch[] {
  const stretches: Stretch[] = []
  const last = before.length + DEEPER * period.length
  const repeatOf = (layer: number): number => layer < before.length || layer >= last ? OUTSIDE : Math.floor((layer - before.length) / period.length)
  const cuts = new Set([begin, ...phases.map(({ from }) => from)])
  for (let i = 0; i < end; i++) {
    // What goes outside of the blocks belongs to the block that made it.
    const repeat = repeatOf(layers[i]! < 0 ? events[i]!.layer : layers[i]!)
    const open = stretches.at(-1)
    if (open && !cuts.has(i) && open.repeat === repeat) open.to = i + 1
    else stretches.push({ from: i, to: i + 1, repeat, walk: null })
  }
  return stretches
}
