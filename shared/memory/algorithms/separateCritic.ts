import { lossOf } from '../losses/preference/common.ts'
import { scoresOf } from '../losses/preference/reward.ts'
import { ModelRun, withoutGradient, wrappedCall, type WrappedOutput } from '../passes/modelRun.ts'
import type { ResolvedPlan } from '../resolvedPlan.ts'
import type { LayerPlace } from '../stack.ts'
import { Scope } from '../tape/index.ts'
import { AFTER_MODEL, type Timeline } from '../timeline.ts'
import { placesOf } from '../training.ts'
import { Learner } from './learner.ts'
import { PolicyRun } from './policy.ts'
import { sharesStack } from './roles.ts'

/**
 * PPO whose critic has a loss and an optimizer of its own (OpenRLHF trainer/ray/ppo_critic.py, verl workers/critic, DeepSpeed-Chat
 * dschat/rlhf/ppo_trainer.py): its values are computed over the rollout, and it is trained apart from the policy. Its scores are one number
 * a token.
 */
export class SeparateCriticRun extends PolicyRun {
  private readonly critic: ModelRun
  private readonly criticLearner: Learner

  constructor (timeline: Timeline, resolved: ResolvedPlan, places: readonly LayerPlace[]) {
    super(timeline, resolved, places)
    const { tape } = timeline
    const critic = resolved.roles!.critic!
    const outside = tape.owner
    tape.owner = 'critic'
    this.critic = new ModelRun(timeline, critic, sharesStack(critic, resolved) ? placesOf(places, critic.plan) : critic.places)
    this.criticLearner = new Learner(timeline, [this.critic], { backward: 'critic-backward', optimizer: 'critic-optimizer' })
    tape.owner = outside
  }

  override get repeatsFirstStep (): boolean {
    return false
  }

  override get trainableParameters (): number {
    return super.trainableParameters + this.criticLearner.trainableParameters
  }

  private score (frame: Scope): WrappedOutput {
    const { run } = this.critic
    return wrappedCall(this.critic, frame, (receiver) => (scope, hidden, head) => scope.hand(scoresOf(scope, hidden, head, run), receiver))
  }

  protected override beforeLearning (step: number): void {
    const { tape, timeline } = this
    timeline.begin('values', step, 0)
    withoutGradient(tape, 'critic', true, () => {
      for (const _ of this.chunks()) {
        const frame = new Scope(tape)
        this.score(frame)
        frame.close()
      }
    })
  }

  protected override afterOptimizer (step: number, last: number): void {
    const { tape, timeline } = this
    const outside = tape.owner
    tape.owner = 'critic'
    for (let micro = 0; micro <= last; micro++) {
      timeline.begin('critic-forward', step, micro)
      const caller = new Scope(tape)
      const { output, inputGradient } = this.score(caller)
      timeline.begin('critic-loss', step, micro, AFTER_MODEL)
      const loss = lossOf(caller, output)
      tape.category = 'activations'
      this.criticLearner.backward(step, micro, caller, loss, [inputGradient])
    }
    this.criticLearner.step(step)
    tape.owner = outside
  }
}
