import { usesPreferences } from '../../plan/index.ts'
import type { ResolvedPlan } from '../resolvedPlan.ts'
import type { LayerPlace } from '../stack.ts'
import type { Timeline } from '../timeline.ts'
import { PreferenceRun } from './preference.ts'
import { SupervisedRun } from './sft.ts'
import type { TrainingRun } from './trainingRun.ts'

export type { TrainingRun } from './trainingRun.ts'

/** Loads the models of the plan's algorithm on the timeline's tape, ready to train. */
export function startRun (timeline: Timeline, resolved: ResolvedPlan, places: readonly LayerPlace[]): TrainingRun {
  return usesPreferences(resolved.plan.algorithm) ? new PreferenceRun(timeline, resolved, places) : new SupervisedRun(timeline, resolved, places)
}
