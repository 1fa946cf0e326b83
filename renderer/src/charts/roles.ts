import { OWNERS, type Estimate, type Owner } from '#shared/memory/index.ts'

/** Bytes by model of the algorithm, the engine's included. */
export type RoleBytes = Readonly<Record<Owner, number>>

const known = new WeakMap<Estimate, Map<number, RoleBytes>>()

/** What each model holds at the peak of a phase. The cache of keys and values counts as what generates, whoever owns the weights. */
export function rolesAt (estimate: Estimate, phase: number): RoleBytes {
  const phases = known.get(estimate) ?? new Map<number, RoleBytes>()
  known.set(estimate, phases)
  const found = phases.get(phase)
  if (found) return found
  const sums = Object.fromEntries(OWNERS.map((owner) => [owner, 0])) as Record<Owner, number>
  for (const { owner, category, bytes } of phase === estimate.peakPhase ? estimate.parts : estimate.partsOf(phase)) sums[category === 'kv-cache' ? 'rollout' : owner] += bytes
  sums.rollout += estimate.phases[phase]!.engine ?? 0
  phases.set(phase, sums)
  return sums
}
