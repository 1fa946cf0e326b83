import type { ResolvedPlan } from '../resolvedPlan.ts'
import type { LayerPlace } from '../stack.ts'
import type { Owner, Storage, Tape } from '../tape/index.ts'
import type { Timeline } from '../timeline.ts'
import { ModelRun } from '../passes/modelRun.ts'
import { placesOf } from '../training.ts'
import { sharesStack } from './roles.ts'

/** A model beside the policy. One that lives on the host between its passes takes GPU memory only inside `during`. */
export class RoleModel {
  readonly run: ModelRun
  readonly owner: Owner
  private readonly tape: Tape
  /** What a model on the host brings with it; null when it stays on the GPU. */
  private readonly parked: readonly Storage[] | null

  constructor (timeline: Timeline, owner: Owner, role: ResolvedPlan, policy: ResolvedPlan, policyPlaces: readonly LayerPlace[], onHost: boolean) {
    const { tape } = timeline
    this.tape = tape
    this.owner = owner
    const places = sharesStack(role, policy) ? placesOf(policyPlaces, role.plan) : role.places
    const outside = tape.owner
    tape.owner = owner
    const made: Storage[] = []
    tape.collected = onHost ? made : null
    this.run = new ModelRun(timeline, role, places, { sharesWeights: onHost })
    tape.collected = null
    this.parked = onHost ? made : null
    tape.owner = outside
  }

  /** Runs a pass with the model on the GPU. */
  during<T> (pass: () => T): T {
    const { tape } = this
    const outside = { owner: tape.owner, module: tape.module }
    tape.owner = this.owner
    const brought = (this.parked ?? []).map(({ shape, elementSize, module, role, category }) => {
      tape.module = module
      return tape.allocate(shape, elementSize, role, category)
    })
    const result = pass()
    for (const storage of brought) tape.release(storage)
    Object.assign(tape, outside)
    return result
  }
}
