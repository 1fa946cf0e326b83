import { makeLogits } from '../modules/logits.ts'
import { cast, dropout } from '../modules/elementwise.ts'
import { linear, Parameter } from '../modules/linear.ts'
import { withoutGradient, underAutocast, type ModelRun, type WrappedOutput } from '../passes/modelRun.ts'
import type { ResolvedPlan } from '../resolvedPlan.ts'
import type { LayerPlace } from '../stack.ts'
import { dimension, Scope, shape, type Tensor } from '../tape/index.ts'
import type { Timeline } from '../timeline.ts'
import { Learner } from './learner.ts'
import { PolicyRun } from './policy.ts'

/**
 * PPO with a value head over the policy's blocks (trl 0.9.6 models/modeling_value_head.py and trainer/ppo_trainer.py, as LLaMA-Factory runs them):
 * every call makes all hidden states, fp32 logits of all tokens and a value of each. A reward adapter over the same base is a frozen copy
 * of the adapters with a head of its own (llamafactory train/ppo/ppo_utils.py replace_model), and its pass makes logits too.
 */
export class ValueHeadRun extends PolicyRun {
  private readonly weight: Parameter
  private readonly bias: Parameter
  private values: Tensor | null = null

  constructor (timeline: Timeline, resolved: ResolvedPlan, places: readonly LayerPlace[]) {
    super(timeline, resolved, places)
    const { tape } = timeline
    const { hiddenSize } = this.policy.run
    const one = dimension('1', 1)
    const extents = { weight: shape(one, hiddenSize), bias: shape(one) }
    const outside = { owner: tape.owner, module: tape.module }
    Object.assign(tape, { owner: 'critic', module: 'v_head' })
    const [weight, bias] = Object.entries(extents).map(([role, extent]) => new Parameter(tape.allocate(extent, 4, role, 'adapters'), extent, 4, true, `v_head.${role}`))
    this.weight = weight!
    this.bias = bias!
    if (this.settings.reward.kind === 'adapter') {
      tape.owner = 'reward'
      for (const { storage } of this.policy.trained) {
        if (storage.category !== 'adapters') continue
        tape.module = storage.module
        tape.allocate(storage.shape, 4, `reward ${storage.role}`, 'adapters')
      }
      tape.module = 'v_head'
      for (const which of ['reward head', 'default head']) for (const [role, extent] of Object.entries(extents)) tape.allocate(extent, 4, `${which} ${role}`, 'adapters')
    }
    Object.assign(tape, outside)
  }

  protected override makeLearner (): Learner {
    return new Learner(this.timeline, [this.policy], undefined, [this.weight, this.bias])
  }

  protected override beforeLearning (step: number): void {
    const { tape, timeline, settings } = this
    if (settings.reward.kind !== 'adapter') return
    timeline.begin('reward', step, 0)
    withoutGradient(tape, 'reward', true, () => {
      for (const _ of this.chunks()) {
        const frame = new Scope(tape)
        this.call(this.policy, frame)
        frame.close()
      }
    })
  }

  /** AutoModelForCausalLMWithValueHead.forward: hidden states are dropped when it returns. */
  protected override call (model: ModelRun, caller: Scope): WrappedOutput {
    const { tape } = this
    const frame = new Scope(tape)
    const states = new Scope(tape)
    tape.category = 'activations'
    const { logits, values, inputGradient } = underAutocast(tape, model.run, () => {
      const { result, inputGradient } = model.forward((scope, hidden, head) => ({
        hidden: scope.hand(scope.alias(hidden), frame),
        logits: scope.hand(makeLogits(scope, hidden, head, model.run), frame)
      }), states)
      const values = this.valuesOf(frame, result.hidden, model)
      const logits = cast(frame, result.logits, 4, 'logits in fp32')
      return { logits, values, inputGradient }
    })
    this.values = tape.gradEnabled ? frame.hand(values, caller) : null
    const output = frame.hand(logits, caller)
    states.close()
    frame.close()
    return { output, inputGradient }
  }

  /** ValueHead.forward: dropout, fp32 where the head is, one linear layer. */
  private valuesOf (scope: Scope, hidden: Tensor, { run }: ModelRun): Tensor {
    const { tape } = this
    tape.module = 'v_head'
    const dropped = tape.gradEnabled ? dropout(scope, hidden) : scope.alias(hidden)
    const wide = cast(scope, dropped, 4, 'hidden states in fp32')
    scope.drop(hidden)
    const values = linear(scope, wide, this.weight, shape(run.batch, run.sequence, dimension('1', 1)), this.bias)
    scope.drop(...wide === dropped ? [wide] : [wide, dropped])
    return values
  }

  protected override besideLoss (): readonly Tensor[] {
    return this.values ? [this.values] : []
  }
}
