import { hasAdapters, PREFERENCE_LOSSES, usesPreferences, usesRollouts, type Plan, type PlanProblem, type PreferenceAlgorithm } from '../plan/index.ts'

/* The sections of a plan that belong to its algorithm, against the algorithm and each other. */

export function checkAlgorithm (plan: Plan): PlanProblem[] {
  const { algorithm, preference, reinforcement } = plan
  const wants = { preference: usesPreferences(algorithm), reinforcement: usesRollouts(algorithm) }
  const problems: PlanProblem[] = []
  for (const section of ['preference', 'reinforcement'] as const) {
    if (wants[section] && !plan[section]) problems.push({ path: section, code: 'missing', values: { expected: ` (${algorithm})` } })
    if (!wants[section] && plan[section]) problems.push({ path: section, code: 'section-of-another-algorithm', values: { algorithm } })
  }
  if (preference && usesPreferences(algorithm)) problems.push(...checkPreference(plan, algorithm))
  if (reinforcement && wants.reinforcement) problems.push(...checkReinforcement(plan))
  return problems
}

function checkPreference ({ preference, method }: Plan, algorithm: PreferenceAlgorithm): PlanProblem[] {
  const { loss, reference } = preference!
  const losses: readonly string[] = PREFERENCE_LOSSES[algorithm]
  return [
    ...losses.includes(loss) ? [] : [{ path: 'preference.loss', code: 'not-an-option' as const, values: { found: loss, expected: losses.join(', ') } }],
    ...checkReference('preference.reference', reference, method)
  ]
}

function checkReinforcement ({ algorithm, reinforcement, data, method }: Plan): PlanProblem[] {
  const { groupSize, generationBatch, beta, reference, critic, rollout, reward } = reinforcement!
  const problems: PlanProblem[] = []
  if (generationBatch % groupSize !== 0) {
    problems.push({ path: 'reinforcement.generationBatch', code: 'group-does-not-divide', values: { found: generationBatch, group: groupSize, suggestion: nearestMultiple(generationBatch, groupSize) } })
  } else if (generationBatch % data.microBatch !== 0) {
    problems.push({ path: 'reinforcement.generationBatch', code: 'micro-batch-does-not-divide', values: { found: generationBatch, microBatch: data.microBatch, suggestion: nearestMultiple(generationBatch, data.microBatch) } })
  }
  if (beta > 0 && reference === 'none') problems.push({ path: 'reinforcement.reference', code: 'beta-needs-reference', values: { beta } })
  if (beta > 0) problems.push(...checkReference('reinforcement.reference', reference, method))
  if (algorithm === 'ppo' && !critic) problems.push({ path: 'reinforcement.critic', code: 'missing', values: { expected: ': {"kind": "head"}' } })
  if (algorithm !== 'ppo' && critic) problems.push({ path: 'reinforcement.critic', code: 'section-of-another-algorithm', values: { algorithm } })
  if (rollout.engine === 'hugging-face' && rollout.place === 'process') problems.push({ path: 'reinforcement.rollout.place', code: 'generate-in-trainer' })
  if (reward.kind === 'adapter' && !hasAdapters(method)) problems.push({ path: 'reinforcement.reward.kind', code: 'needs-adapters', values: { found: 'adapter' } })
  return problems
}

const checkReference = (path: string, reference: string, method: Plan['method']): PlanProblem[] =>
  reference === 'adapters-off' && !hasAdapters(method) ? [{ path, code: 'needs-adapters', values: { found: reference } }] : []

const nearestMultiple = (n: number, of: number): number => Math.max(of, Math.round(n / of) * of)
