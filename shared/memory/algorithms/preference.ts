import { preferenceStep, type ModelCalls, type PreferenceStep } from '../losses/preference/index.ts'
import { makeLogits } from '../modules/logits.ts'
import type { PreferenceAlgorithm } from '../../plan/index.ts'
import type { ResolvedPlan } from '../resolvedPlan.ts'
import type { PhaseKind } from '../result.ts'
import type { LayerPlace } from '../stack.ts'
import { Scope, type Leaf, type Storage, type Tensor } from '../tape/index.ts'
import { AFTER_MODEL, type Timeline } from '../timeline.ts'
import { ModelRun, withoutGradient, wrappedCall, type WrappedOutput } from '../passes/modelRun.ts'
import { RoleModel } from './roleModels.ts'
import { NO_ROLES, policyRole } from './roles.ts'
import { StepLoop } from './stepLoop.ts'

/** Learning from given answers, as TRL's trainers run it: the loss is made outside the model's call. */
export class PreferenceRun extends StepLoop {
  private readonly reference: RoleModel | null
  /**
   * The policy again, for passes without a gradient while its graph is alive: what one forward pass shares between its blocks (mask,
   * rotary tables) must still be there when the other's checkpoints are run again.
   */
  private readonly policyView: ModelRun | null
  private readonly lossOf: PreferenceStep
  private readonly ids: Storage

  constructor (timeline: Timeline, resolved: ResolvedPlan, places: readonly LayerPlace[]) {
    super(timeline, policyRole(resolved), places)
    const { preference, algorithm } = resolved.plan
    const { reference } = resolved.roles ?? NO_ROLES
    this.reference = reference && new RoleModel(timeline, 'reference', reference, resolved, places, preference!.referenceModel?.between === 'host')
    this.policyView = preference!.reference === 'adapters-off' || algorithm === 'kto'
      ? new ModelRun(timeline, policyRole(resolved), places, { sharesWeights: true })
      : null
    this.lossOf = preferenceStep(algorithm as PreferenceAlgorithm, preference!.framework)
    this.ids = this.loadBatch(this.lossOf.batch(resolved.plan))[0]!
  }

  protected microBatch (step: number, micro: number): void {
    const { tape, timeline, policy } = this
    const caller = new Scope(tape)
    timeline.begin('loss', step, micro, AFTER_MODEL)
    let inputGradient: Leaf | null = null
    const during = (kind: PhaseKind, call: () => Tensor): Tensor => {
      timeline.begin(kind, step, micro)
      const result = call()
      timeline.begin('loss', step, micro, AFTER_MODEL)
      return result
    }
    const calls: ModelCalls = {
      ids: this.ids,
      policy: (frame) => during('forward', () => {
        const call = this.outputOf(policy, frame)
        inputGradient = call.inputGradient
        return call.output
      }),
      policyWithoutGradient: (frame) => during('policy-without-gradient', () => this.withoutGradient(this.policyView!, frame, true)),
      reference: (frame) => during('reference', () => this.reference ? this.reference.during(() => this.withoutGradient(this.reference!.run, frame, true)) : this.withoutGradient(this.policyView!, frame, false))
    }
    const loss = this.lossOf.loss(caller, calls, policy.run)
    this.backward(step, micro, caller, loss, inputGradient)
  }

  private withoutGradient (model: ModelRun, frame: Scope, adapters: boolean): Tensor {
    return withoutGradient(this.tape, model === this.policyView ? 'policy' : 'reference', adapters, () => this.outputOf(model, frame).output)
  }

  private outputOf (model: ModelRun, frame: Scope): WrappedOutput {
    return wrappedCall(model, frame, (receiver) => this.lossOf.finish?.(model.run, receiver) ?? ((scope, hidden, head) => scope.hand(makeLogits(scope, hidden, head, model.run), receiver)))
  }
}
