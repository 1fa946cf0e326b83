import { defaultPreference, defaultReinforcement, hasAdapters, usesPreferences, usesRollouts, withAlgorithm, type Algorithm, type Method, type Plan } from '#shared/plan/index.ts'
import { sameJson } from './immutable.ts'

/** What of a plan belongs to its algorithm. */
export type AlgorithmSections = Pick<Plan, 'preference' | 'reinforcement'>

export const algorithmSections = ({ preference, reinforcement }: Plan): AlgorithmSections =>
  ({ ...preference && { preference }, ...reinforcement && { reinforcement } })

/** The plan with another algorithm: with the settings it last had, or with defaults whose rollout the micro-batch divides. */
export function asAlgorithm (plan: Plan, algorithm: Algorithm, last: AlgorithmSections | undefined): Plan {
  const made = withAlgorithm(plan, algorithm)
  if (last) return { ...made, ...withoutAdapterRoles(last, made.method) }
  const { reinforcement } = made
  if (!reinforcement) return made
  const multiple = leastCommonMultiple(reinforcement.groupSize, made.data.microBatch)
  return { ...made, reinforcement: { ...reinforcement, generationBatch: Math.ceil(reinforcement.generationBatch / multiple) * multiple } }
}

/** The plan with another method: sections as they come are made anew, and in others what only adapters can do becomes a model. */
export function suitedTo (plan: Plan, method: Method): Plan {
  const { algorithm } = plan
  const sections = algorithmSections(plan)
  const isDefault = (section: AlgorithmSections) => sameJson(sections, section)
  if (usesPreferences(algorithm) && isDefault({ preference: defaultPreference(algorithm, plan.method) })) return { ...plan, method, preference: defaultPreference(algorithm, method) }
  if (usesRollouts(algorithm) && isDefault({ reinforcement: defaultReinforcement(algorithm, plan.method) })) return { ...plan, method, reinforcement: defaultReinforcement(algorithm, method) }
  return { ...plan, method, ...withoutAdapterRoles(sections, method) }
}

function withoutAdapterRoles ({ preference, reinforcement }: AlgorithmSections, method: Method): AlgorithmSections {
  if (hasAdapters(method)) return { ...preference && { preference }, ...reinforcement && { reinforcement } }
  const ownModel = <T extends { readonly reference: string }>(section: T): T => section.reference === 'adapters-off' ? { ...section, reference: 'model' } : section
  return {
    ...preference && { preference: ownModel(preference) },
    ...reinforcement && { reinforcement: ownModel(reinforcement.reward.kind === 'adapter' ? { ...reinforcement, reward: { kind: 'function' as const } } : reinforcement) }
  }
}

export function leastCommonMultiple (a: number, b: number): number {
  let [large, rest] = [a, b]
  while (rest > 0) [large, rest] = [rest, large % rest]
  return a * b / large
}
