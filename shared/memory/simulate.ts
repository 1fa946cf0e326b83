import { startRun } from './algorithms/index.ts'
import type { BlockEffects } from './passes/blockEffects.ts'
import { repeatsFirstStep, type Spread } from './optimizers/index.ts'
import type { ResolvedPlan } from './resolvedPlan.ts'
import type { LayerPlace } from './stack.ts'
import { steadyStep } from './steadyState.ts'
import { Tape, type PeakRecord, type Storage } from './tape/index.ts'
import { Timeline, type PhaseTrace } from './timeline.ts'

export interface Simulation {
  /** Load, then the phases of the first optimizer step and of the second: the steady state, in which optimizer states exist. */
  readonly phases: readonly PhaseTrace[]
  readonly trainableParameters: number
  readonly optimizerSpread: Spread
  /** Bytes of the largest buffer of the run. */
  readonly largestBuffer: number
  /** How many storages were made up to the end of the first optimizer step. */
  readonly storages: number
  readonly log: EventLog | null
}

export interface SimulateOptions {
  readonly log: boolean
  /** What blocks do: learned on this tape, or standing for them on this tape. */
  readonly effects?: BlockEffects
  readonly replays?: boolean
}

/** Every storage when it appears and again when it goes. */
export interface EventLog {
  readonly events: readonly Storage[]
  /** The decoder block that was at work at each event; negative outside. */
  readonly layers: readonly number[]
  /** Where the first optimizer step begins and ends among the events. What follows is the optimizer's second step alone. Empty at the end when both were run. */
  readonly firstStep: readonly [begin: number, end: number]
}

/**
 * Runs the plan on a tape with the decoder blocks given. One optimizer step is run: the second differs from it only by what the
 * first left allocated, and by the optimizer's own second step, which is run with gradients put in place. Optimizers that update
 * during the backward pass or begin otherwise than they go on are run twice.
 */
export function simulate (resolved: ResolvedPlan, places: readonly LayerPlace[], options: SimulateOptions): Simulation {
  const tape = new Tape(options)
  const timeline = new Timeline(tape)
  options.effects?.begin(timeline, places, options.replays ?? false)
  const run = startRun(timeline, resolved, places)
  const begin = tape.events?.length ?? 0
  if (!run.repeatsFirstStep || !repeatsFirstStep(resolved.plan.optimizer)) {
    run.train(2)
    options.effects?.end()
    const storages = tape.made
    const all = tape.events?.length ?? 0
    return summary(timeline.phases, [all, all], storages)
  }
  run.train(1)
  const end = tape.events?.length ?? 0
  const storages = tape.made
  const first = [...timeline.phases]
  options.effects?.end()
  run.repeatOptimizer(1)
  return summary([...first, ...steadyStep(first, timeline.phases.at(-1)!)], [begin, end], storages)

  function summary (phases: readonly PhaseTrace[], firstStep: readonly [number, number], storages: number): Simulation {
    return {
      phases,
      trainableParameters: run.trainableParameters,
      optimizerSpread: run.optimizerSpread,
      largestBuffer: tape.largest,
      storages,
      log: tape.events && { events: tape.events, layers: tape.layers, firstStep }
    }
  }
}

/** What is live at a peak. */
export function liveAt ({ events, firstStep }: EventLog, { event, raised }: PeakRecord): Set<Storage> {
  const live = liveAfter(events, 0, event)
  if (raised) for (const storage of liveAfter(events, ...firstStep)) live.add(storage)
  return live
}

/** What appeared from event `begin` on and is still there before event `end`. */
function liveAfter (events: readonly Storage[], begin: number, end: number): Set<Storage> {
  const live = new Set<Storage>()
  for (let i = begin; i < end; i++) {
    const storage = events[i]!
    if (storage.bornAt === i) live.add(storage)
    else live.delete(storage)
  }
  return live
}
