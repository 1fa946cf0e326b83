import type { ResolvedPlan } from '../resolvedPlan.ts'
import { PREFERENCE_PATHS, policyPathOf, type LogProbabilityPath } from './frameworkPaths.ts'

/** Algorithms that TRL keeps as experiments, whose losses are taken for those of the nearest traced one. */
const NEAREST: ReadonlySet<string> = new Set(['bco', 'online-dpo', 'remax', 'reinforce-plus-plus'])
const NEAREST_SPREAD = 4

/** Algorithms whose models end in a score: no logits to differ in. */
const SCORED: ReadonlySet<string> = new Set(['reward-model', 'prm'])

/** The path of the plan's log-probabilities, where it was read and not traced; null: traced, or there are none. */
export function untracedPath ({ plan: { algorithm, preference, reinforcement } }: ResolvedPlan): LogProbabilityPath | null {
  if (SCORED.has(algorithm)) return null
  const path = preference ? PREFERENCE_PATHS[preference.framework] : reinforcement ? policyPathOf(reinforcement) : null
  if (!path) return null
  if (path.spread > 0) return path
  return NEAREST.has(algorithm) ? { ...path, spread: NEAREST_SPREAD } : null
}

/** Bytes by which the log-probabilities of a micro-batch may differ from the estimate either way. */
export function pathSpread (resolved: ResolvedPlan): number {
  const path = untracedPath(resolved)
  if (!path) return 0
  const { plan: { data, reinforcement, preference, algorithm }, architecture } = resolved
  const paired = preference && algorithm !== 'kto' && algorithm !== 'bco'
  const length = !reinforcement ? data.sequenceLength : path.tokens === 'completion' ? reinforcement.completionLength : reinforcement.promptLength + reinforcement.completionLength
  return path.spread * data.microBatch * (paired || algorithm === 'online-dpo' ? 2 : 1) * length * architecture.vocabSize
}
