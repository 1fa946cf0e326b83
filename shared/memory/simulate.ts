import { SupervisedRun } from './algorithms/sft.ts'
import type { ResolvedPlan } from './resolve.ts'
import type { LayerPlace } from './stack.ts'
import { steadyStep } from './steadyState.ts'
import { Tape, type Storage } from './tape/index.ts'
import { Timeline, type PhaseTrace } from './timeline.ts'

/** Two optimizer steps: in the first the optimizer states appear, the second is the steady state. */
const STEPS = 2

export interface Simulation {
  readonly phases: readonly PhaseTrace[]
  readonly trainableParameters: number
  /** Bytes of the largest buffer of the run. */
  readonly largestBuffer: number
}

/** A simulation with every storage when it appears and again when it goes. */
export interface LoggedSimulation extends Simulation {
  readonly events: readonly Storage[]
}

/** Runs the plan on a tape with the decoder blocks given, both optimizer steps, and logs every event. */
export function simulate (resolved: ResolvedPlan, places: readonly LayerPlace[]): LoggedSimulation {
  const tape = new Tape({ log: true })
  const timeline = new Timeline(tape)
  const run = new SupervisedRun(timeline, resolved, places)
  run.train(STEPS)
  return { phases: timeline.phases, trainableParameters: run.trainableParameters, largestBuffer: tape.largest, events: tape.events! }
}

/**
 * The same phases without a log, from one optimizer step: the second differs from the first only by what the first one left
 * allocated.
 */
export function simulatePeaks (resolved: ResolvedPlan, places: readonly LayerPlace[]): Simulation {
  const tape = new Tape({ log: false })
  const timeline = new Timeline(tape)
  const run = new SupervisedRun(timeline, resolved, places)
  run.train(1)
  const first = [...timeline.phases]
  run.repeatOptimizer(1)
  const repeated = timeline.phases.at(-1)!
  return { phases: [...first, ...steadyStep(first, repeated)], trainableParameters: run.trainableParameters, largestBuffer: tape.largest }
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
