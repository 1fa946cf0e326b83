import { untracedPath } from '../losses/pathSpread.ts'
import type { ResolvedPlan } from '../resolvedPlan.ts'
import type { Assumption } from '../result.ts'
import type { Code } from './sentences.ts'

/* What is taken for granted about preferences and rollouts. */

export function algorithmAssumptions (resolved: ResolvedPlan): Assumption[] {
  const { plan } = resolved
  const { preference, reinforcement, algorithm } = plan
  const list: (Assumption & { code: Code })[] = []
  if (preference && (algorithm === 'dpo' || algorithm === 'kto' || algorithm === 'bco')) list.push({ code: 'completion-share', values: { percent: Math.round(preference.completionShare * 100) } })
  if (algorithm === 'kto' || algorithm === 'bco') list.push({ code: 'half-desirable' })
  list.push(...pathAssumptions(resolved))
  if (!reinforcement) return list
  if (algorithm === 'ppo' && reinforcement.critic?.kind === 'model' && (reinforcement.framework === 'trl' || reinforcement.framework === 'ms-swift')) list.push({ code: 'ppo-outputs-stay' })
  list.push({ code: 'completions-at-full-length' })
  const { engine, place } = reinforcement.rollout
  if (engine !== 'hugging-face' && place !== 'elsewhere') list.push({ code: 'engine-estimated' }, { code: 'segments-given-back' })
  return list
}

/** What was read and not traced. */
function pathAssumptions (resolved: ResolvedPlan): (Assumption & { code: Code })[] {
  const path = untracedPath(resolved)
  if (!path) return []
  const { plan: { algorithm, preference, reinforcement } } = resolved
  const framework = (preference ?? reinforcement)!.framework
  const values = { framework, algorithm, source: path.source, bytes: path.spread }
  return [{ code: framework === 'trl' && reinforcement?.critic?.kind !== 'head' ? 'nearest-loss' : 'framework-from-source', values }]
}
