import { usesPreferences, usesRollouts } from '../../plan/index.ts'
import type { ResolvedPlan } from '../resolvedPlan.ts'
import type { LayerPlace } from '../stack.ts'
import type { Timeline } from '../timeline.ts'
import { PolicyRun } from './policy.ts'
import { PreferenceRun } from './preference.ts'
import { SupervisedRun } from './sft.ts'
import type { TrainingRun } from './trainingRun.ts'

export type { TrainingRun } from './trainingRun.ts'

/** Loads the models of the plan's algorithm on the timeline's tape, ready to train. */
export function startRun (timeline: Timeline, resolved: ResolvedPlan, places: readonly LayerPlace[]): TrainingRun {
  if (usesRollouts(resolved.plan.algorithm)) return new PolicyRun(timeline, resolved, places)
  return usesPreferences(resolved.plan.algorithm) ? new PreferenceRun(timeline, resolved, places) : new SupervisedRun(timeline, resolved, places)
}
