import type { Preference } from '../algorithms.ts'
import type { Plan } from '../schema.ts'
import type { Fact } from './profile.ts'

/** Whose code computes losses and log-probabilities, where the plan's algorithm has a section of its own. */
export function framework ({ preference, reinforcement }: Plan, to: Preference['framework'], source: string): Fact[] {
  const section = preference ? 'preference' : reinforcement ? 'reinforcement' : null
  return section ? [{ path: `${section}.framework`, to, source }] : []
}

/** What a framework's rollouts and updates begin with. Of the engine only what the plan's own engine has. */
export function rollouts ({ reinforcement }: Plan, values: Readonly<Record<string, unknown>>, source: string): Fact[] {
  return reinforcement ? Object.entries(values).map(([field, to]) => ({ path: `reinforcement.${field}`, to, source })) : []
}

export const usesEngine = ({ reinforcement }: Plan): boolean => reinforcement !== undefined && reinforcement.rollout.engine !== 'hugging-face'
