import { SupervisedRun } from './algorithms/sft.ts'
import type { ResolvedPlan } from './resolve.ts'
import type { LayerPlace } from './stack.ts'
import { Tape, type Storage } from './tape/index.ts'
import { Timeline, type PhaseTrace } from './timeline.ts'

/** Two optimizer steps: in the first the optimizer states appear, the second is the steady state. */
const STEPS = 2

export interface Simulation {
  readonly phases: readonly PhaseTrace[]
  readonly trainableParameters: number
  /** Every storage when it appears and again when it goes. */
  readonly events: readonly Storage[]
}

/** Runs the plan on a tape with the decoder blocks given. */
export function simulate (resolved: ResolvedPlan, places: readonly LayerPlace[]): Simulation {
  const tape = new Tape({ log: true })
  const timeline = new Timeline(tape)
  const run = new SupervisedRun(timeline, resolved, places)
  run.train(STEPS)
  return { phases: timeline.phases, trainableParameters: run.trainableParameters, events: tape.events! }
}

/** What was live after the first `count` events. */
export function liveAt (events: readonly Storage[], count: number): Set<Storage> {
  const live = new Set<Storage>()
  for (let i = 0; i < count; i++) {
    const storage = events[i]!
    if (storage.bornAt === i) live.add(storage)
    else live.delete(storage)
  }
  return live
}
