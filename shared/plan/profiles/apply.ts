import { differences, type PlanChange } from '../difference.ts'
import type { Plan } from '../schema.ts'
import { axolotl } from './axolotl.ts'
import { trainer448, trainer518 } from './huggingFace.ts'
import { llamaFactory } from './llamaFactory.ts'
import type { Profile, ProfileNote } from './profile.ts'
import { msSwift } from './msSwift.ts'
import { openRlhf } from './openRlhf.ts'
import { torchtune } from './torchtune.ts'
import { trlSft } from './trl.ts'
import { unsloth } from './unsloth.ts'
import { verl } from './verl.ts'

export const PROFILES: readonly Profile[] = [trainer518, trainer448, trlSft, llamaFactory, axolotl, unsloth, torchtune, msSwift, openRlhf, verl]

/** A field that a profile changed, and the file that says so. */
export interface SourcedChange extends PlanChange {
  readonly source: string
}

export interface AppliedProfile {
  readonly plan: Plan
  /** Only what differs from before. */
  readonly changes: readonly SourcedChange[]
  /** What this framework does that a plan cannot say. */
  readonly notes: readonly ProfileNote[]
}

export const findProfile = (id: string): Profile | null => PROFILES.find((profile) => profile.id === id) ?? null

/**
 * The plan with a framework's defaults: types, autocast, checkpointing, loss, optimizer, attention, kernels. Model, method, rank,
 * targets, batch and length stay. Null for an unknown profile.
 */
export function applyProfile (plan: Plan, id: string): AppliedProfile | null {
  const profile = findProfile(id)
  if (!profile) return null
  const facts = profile.facts(plan)
  const applied = facts.reduce<Plan>((before, { path, to }) => withField(before, path.split('.'), to), plan)
  const sourceOf = (path: string): string => facts.find((fact) => path === fact.path || path.startsWith(`${fact.path}.`))!.source
  return { plan: applied, changes: differences(plan, applied).map((change) => ({ ...change, source: sourceOf(change.path) })), notes: profile.notes(plan) }
}

function withField <T extends object> (document: T, [first, ...rest]: readonly string[], value: unknown): T {
  const key = first as keyof T
  const next: unknown = rest.length === 0 ? value : withField(document[key] as object, rest, value)
  if (next !== undefined) return { ...document, [key]: next }
  const { [key]: _, ...others } = document
  return others as T
}
