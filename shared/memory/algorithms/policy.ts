import { lastLogits } from '../modules/logits.ts'
import { scoresOf } from '../losses/preference/reward.ts'
import { policyLoss, tokenLogProbabilities, type CallPolicy } from '../losses/policy.ts'
import { Generation } from '../rollout/generate.ts'
import type { ResolvedPlan } from '../resolvedPlan.ts'
import type { PhaseKind } from '../result.ts'
import type { LayerPlace } from '../stack.ts'
import { dimension, Scope, shape, type Leaf, type Owner, type Storage, type Tensor } from '../tape/index.ts'
import { AFTER_MODEL, type Timeline } from '../timeline.ts'
import { withoutGradient, wrappedCall, type ModelRun, type WrappedOutput } from '../passes/modelRun.ts'
import { RoleModel } from './roleModels.ts'
import { NO_ROLES, policyRole } from './roles.ts'
import { StepLoop } from './stepLoop.ts'

/**
 * GRPO, RLOO and their relatives as TRL runs them: passes without a gradient over the rollout for the old and the reference's
 * log-probabilities, micro-batch by micro-batch, then the updates.
 */
export class PolicyRun extends StepLoop {
  protected readonly reference: RoleModel | null
  protected readonly reward: RoleModel | null
  protected readonly generation: Generation | null
  protected ids: Storage | null = null
  /** What a rollout leaves on the GPU for its updates. */
  protected kept: Storage[] = []

  constructor (timeline: Timeline, resolved: ResolvedPlan, places: readonly LayerPlace[]) {
    super(timeline, policyRole(resolved), places)
    const settings = resolved.plan.reinforcement!
    const { reference, reward } = resolved.roles ?? NO_ROLES
    const role = (owner: Owner, model: ResolvedPlan | null, onHost: boolean): RoleModel | null => model && new RoleModel(timeline, owner, model, resolved, places, onHost)
    this.reference = role('reference', reference, settings.referenceModel?.between === 'host')
    this.reward = role('reward', reward, settings.reward.kind === 'model' && settings.reward.between === 'host')
    this.generation = settings.rollout.engine === 'hugging-face' && settings.rollout.place !== 'elsewhere'
      ? new Generation(timeline, resolved, places, settings.rollout.concurrent ?? settings.generationBatch)
      : null
  }

  /** vLLM or SGLang on this GPU: outside the trainer's tensors, which only wait meanwhile. */
  protected get usesEngine (): boolean {
    const { engine, place } = this.settings.rollout
    return engine !== 'hugging-face' && place !== 'elsewhere'
  }

  /** Ids and masks of prompts and completions, int64, and an advantage each (_prepare_inputs, _buffered_inputs). */
  private loadRollout (): void {
    const { tape } = this
    const { promptLength, completionLength, generationBatch } = this.settings
    tape.module = 'rollout buffer'
    const rows = dimension('G', generationBatch)
    const [prompt, completion] = [shape(rows, dimension('p', promptLength)), shape(rows, dimension('c', completionLength))]
    const extents = { prompt_ids: prompt, prompt_mask: prompt, completion_ids: completion, completion_mask: completion }
    const buffers = Object.entries(extents).map(([role, extent]) => tape.allocate(extent, 8, role, 'activations'))
    this.ids = buffers[2]!
    this.kept.push(...buffers, tape.allocate(shape(rows), 4, 'advantages', 'activations'))
  }

  protected get settings () {
    return this.policy.run.plan.reinforcement!
  }

  protected override beforeUpdates (step: number): void {
    const { tape, timeline } = this
    const { oldLogProbabilities, beta, reference, generationBatch, promptLength, completionLength } = this.settings
    this.generation?.run(step)
    if (this.usesEngine) for (const kind of ['weight-sync', 'rollout'] as const) timeline.begin(kind, step, 0)
    timeline.begin('buffers', step, 0)
    this.loadRollout()
    tape.module = 'rollout buffer'
    const whole = shape(dimension('G', generationBatch), dimension('p+c', promptLength + completionLength))
    const joined = ['input_ids', 'attention_mask'].map((role) => tape.allocate(whole, 8, role, 'activations'))
    if (this.reward) this.scores('reward', step, this.reward)
    if (oldLogProbabilities) this.pass('old-log-probabilities', step, this.policy, true)
    const { reference: frozen } = this
    if (frozen) frozen.during(() => this.pass('reference-log-probabilities', step, frozen.run, true))
    else if (beta > 0 && reference === 'adapters-off') this.pass('reference-log-probabilities', step, this.policy, false)
    this.beforeLearning(step)
    for (const storage of joined) tape.release(storage)
  }

  /** Other passes over the rollout, before it is learned from. */
  protected beforeLearning (_step: number): void {}

  /** A pass of a model with a score head over the whole rollout, without a gradient. */
  protected scores (kind: PhaseKind, step: number, model: RoleModel): void {
    const { tape, timeline } = this
    timeline.begin(kind, step, 0)
    model.during(() => withoutGradient(tape, model.owner, true, () => {
      for (const _ of this.chunks()) {
        const frame = new Scope(tape)
        wrappedCall(model.run, frame, (receiver) => (scope, hidden, head) => scope.hand(scoresOf(scope, hidden, head, model.run.run), receiver))
        frame.close()
      }
    }))
  }

  /** The rollout of the step before is in truth kept until the next one is there: some megabytes that do not count while it is made. */
  protected override afterUpdates (): void {
    for (const storage of this.kept) this.tape.release(storage)
    this.kept = []
  }

  /** Log-probabilities of the whole rollout under one model, kept for the updates. */
  protected pass (kind: PhaseKind, step: number, model: ModelRun, adapters: boolean): void {
    const { tape, timeline } = this
    timeline.begin(kind, step, 0)
    const scope = new Scope(tape)
    const { logProbabilities } = withoutGradient(tape, model === this.policy ? 'policy' : 'reference', adapters, () => {
      const call: CallPolicy = (frame) => this.call(model, frame).output
      return tokenLogProbabilities(scope, call, this.chunks(), this.ids!, this.policy.run, 'none')
    })
    const { generationBatch } = this.settings
    if (this.policy.run.plan.algorithm === 'rloo') {
      tape.module = 'rollout buffer'
      this.kept.push(tape.allocate(shape(dimension('G', generationBatch)), 4, 'log-probabilities of the sequences', 'activations'))
    } else {
      this.kept.push(tape.retain(logProbabilities.storage))
    }
    scope.close()
  }

  /** Completions of each model call over the rollout. */
  protected chunks (): number[] {
    const { generationBatch } = this.settings
    const { microBatch } = this.policy.run.plan.data
    return Array.from({ length: Math.ceil(generationBatch / microBatch) }, (_, i) => Math.min(microBatch, generationBatch - i * microBatch))
  }

  protected call (model: ModelRun, frame: Scope): WrappedOutput {
    return wrappedCall(model, frame, (receiver) => (scope, hidden, head) => scope.hand(lastLogits(scope, hidden, head, model.run), receiver))
  }

  /** What else the loss of a micro-batch depends on. */
  protected besideLoss (_frame: Scope): readonly Tensor[] {
    return []
  }

  protected microBatch (step: number, micro: number): void {
    const { tape, timeline, policy } = this
    const { entropyBonus } = this.settings
    timeline.begin('loss', step, micro, AFTER_MODEL)
    const caller = new Scope(tape)
    const frame = new Scope(tape)
    tape.module = 'batch'
    const inputs = ['input_ids', 'attention_mask'].map((role) => tape.allocate(policy.run.ids, 8, role, 'activations'))
    let inputGradient: Leaf | null = null
    const call: CallPolicy = (scope) => {
      timeline.begin('forward', step, micro)
      const made = this.call(policy, scope)
      inputGradient = made.inputGradient
      timeline.begin('loss', step, micro, AFTER_MODEL)
      return made.output
    }
    const tokens = tokenLogProbabilities(frame, call, [policy.run.batch.size], this.ids!, policy.run, entropyBonus ? 'trained' : 'logged')
    const loss = policyLoss(frame, tokens, policy.run, this.besideLoss(frame))
    frame.return(loss, caller)
    for (const storage of inputs) tape.release(storage)
    this.backward(step, micro, caller, loss, inputGradient)
  }
}
