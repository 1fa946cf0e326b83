import type { Roles } from './algorithms/roles.ts'
import type { Architecture } from '../architecture/index.ts'
import type { Plan } from '../plan/index.ts'
import type { Family } from './modules/families/family.ts'
import type { StackName } from './modules/moe/peftNames.ts'
import type { LayerPlace } from './stack.ts'

/** A plan with its names looked up and its settings found to suit each other: what the simulation runs. */
export interface ResolvedPlan {
  readonly plan: Plan
  readonly modelName: string
  readonly architecture: Architecture
  readonly family: Family
  /** Every decoder block in order. */
  readonly places: readonly LayerPlace[]
  /** The linear layers that carry an adapter; empty for full fine-tuning. */
  readonly targets: ReadonlySet<string>
  /** The stacks of experts, and the router, that carry an adapter, with its rank. */
  readonly stackTargets: ReadonlyMap<StackName, number>
  /** The models beside the policy on its GPU; absent: none. */
  readonly roles?: Roles
}
