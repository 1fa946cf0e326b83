import { usesPreferences, usesRollouts, type Reinforcement } from '../../plan/index.ts'
import type { ResolvedPlan } from '../resolvedPlan.ts'
import type { LayerPlace } from '../stack.ts'
import type { Timeline } from '../timeline.ts'
import { JointActorCriticRun } from './jointActorCritic.ts'
import { PolicyRun } from './policy.ts'
import { PreferenceRun } from './preference.ts'
import { SeparateCriticRun } from './separateCritic.ts'
import { SupervisedRun } from './sft.ts'
import type { TrainingRun } from './trainingRun.ts'
import { ValueHeadRun } from './valueHead.ts'

export type { TrainingRun } from './trainingRun.ts'

/** Loads the models of the plan's algorithm on the timeline's tape, ready to train. */
export function startRun (timeline: Timeline, resolved: ResolvedPlan, places: readonly LayerPlace[]): TrainingRun {
  const { reinforcement } = resolved.plan
  if (reinforcement?.critic?.kind === 'head') return new ValueHeadRun(timeline, resolved, places)
  if (reinforcement && resolved.roles?.critic) return trainsJointly(reinforcement.framework) ? new JointActorCriticRun(timeline, resolved, places) : new SeparateCriticRun(timeline, resolved, places)
  if (usesRollouts(resolved.plan.algorithm)) return new PolicyRun(timeline, resolved, places)
  return usesPreferences(resolved.plan.algorithm) ? new PreferenceRun(timeline, resolved, places) : new SupervisedRun(timeline, resolved, places)
}

/** TRL, and ms-swift over TRL's trainer, train policy and critic under one loss; the others one after the other. */
const trainsJointly = (framework: Reinforcement['framework']): boolean => framework === 'trl' || framework === 'ms-swift'
