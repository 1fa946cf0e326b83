import type { FrozenRole, Method, Plan } from '../../plan/index.ts'
import { PAIRED } from '../../plan/index.ts'
import type { ResolvedPlan } from '../resolvedPlan.ts'
import type { LayerPlace } from '../stack.ts'

/* Each model of an algorithm as a plan of its own: what it runs on, what of it is trained. */

/** Sequences that one model call of a micro-batch sees: pairs count twice. */
export const sequencesOf = ({ algorithm, data }: Plan): number => PAIRED.has(algorithm) ? 2 * data.microBatch : data.microBatch

/** The policy: the plan's model on the sequences of one call. With rollouts they are prompt and completion, and only the completion gets logits. */
export function policyRole (resolved: ResolvedPlan): ResolvedPlan {
  const { plan } = resolved
  const { reinforcement } = plan
  const data = { ...plan.data, microBatch: sequencesOf(plan) }
  if (!reinforcement) return { ...resolved, plan: { ...plan, data } }
  const { promptLength, completionLength } = reinforcement
  return {
    ...resolved,
    plan: { ...plan, data: { ...data, sequenceLength: promptLength + completionLength }, runtime: { ...plan.runtime, logitsToKeep: completionLength + 1 } }
  }
}

/** Nothing of the model is trained: its last 0 blocks are. */
const NOTHING_TRAINED: Method = { kind: 'freeze', trainableLayers: 0 }

/** A frozen model on the same sequences as the policy. */
export function frozenRole (resolved: ResolvedPlan, role: FrozenRole | undefined): ResolvedPlan {
  const policy = policyRole(resolved)
  const { plan } = policy
  return {
    ...policy,
    plan: {
      ...plan,
      method: NOTHING_TRAINED,
      precision: { ...plan.precision, weights: role?.weights ?? plan.precision.weights },
      runtime: { ...plan.runtime, checkpointing: 'none' }
    },
    targets: new Set()
  }
}

/** The same blocks, neither trained nor checkpointed. */
export const frozenPlaces = (places: readonly LayerPlace[]): LayerPlace[] => places.map(({ kind }) => ({ kind, trained: false, checkpointed: false }))
