import { logSumExpWithoutGradient, selectiveLogSoftmax } from '../losses/logProbabilities.ts'
import { lossOf } from '../losses/preference/common.ts'
import { scoresOf } from '../losses/preference/reward.ts'
import { cast, output } from '../modules/elementwise.ts'
import { KeyValueCache } from '../modules/keyValueCache.ts'
import { makeLogits } from '../modules/logits.ts'
import { divideInPlace, slice } from '../modules/views.ts'
import { ModelRun, underAutocast, withoutGradient } from '../passes/modelRun.ts'
import type { ResolvedPlan } from '../resolvedPlan.ts'
import type { PhaseKind } from '../result.ts'
import { Generation } from '../rollout/generate.ts'
import type { LayerPlace } from '../stack.ts'
import { dimension, Scope, shape, type Leaf, type Shape, type Storage, type Tensor } from '../tape/index.ts'
import { AFTER_MODEL, type Timeline } from '../timeline.ts'
import { placesOf } from '../training.ts'
import { Learner } from './learner.ts'
import { RoleModel } from './roleModels.ts'
import { NO_ROLES, policyRole, sharesStack } from './roles.ts'
import { StepLoop } from './stepLoop.ts'

/** Per token of the rollout: log-probabilities, the reference's, values, divergence, rewards, advantages, returns and what they are made of. */
const EXPERIENCE_PER_TOKEN = 12

/**
 * PPO as TRL 1.9 runs it (trl/experimental/ppo/ppo_trainer.py): policy and value model in one wrapper, under one loss and one optimizer.
 * Passes over the rollout run without autocast; every call returns all hidden states, logits of all tokens and, without checkpointing,
 * its cache; the scores of the whole rollout stay until the next one is there; outputs of a micro-batch until those of the next.
 */
export class JointActorCriticRun extends StepLoop {
  private readonly critic: ModelRun
  private readonly reference: RoleModel | null
  private readonly reward: RoleModel | null
  private readonly generation: Generation | null
  /** The models again as the passes over the rollout see them: more sequences, no autocast. */
  private readonly policyView: ModelRun
  private readonly criticView: ModelRun
  private readonly chunk: number
  private ids: Storage | null = null
  private scores: Storage | null = null
  private kept: Storage[] = []
  private bound: Storage[] = []
  private boundLogits: Tensor | null = null
  /** Bound until the statistics of the next micro-batch. */
  private probabilities: Storage | null = null

  constructor (timeline: Timeline, resolved: ResolvedPlan, places: readonly LayerPlace[]) {
    super(timeline, policyRole(resolved), places)
    const { tape, settings } = this
    const { reference, reward, critic } = resolved.roles ?? NO_ROLES
    this.chunk = Math.min(settings.generationBatch, settings.rollout.concurrent ?? settings.generationBatch)
    const policy = policyRole(resolved)
    const criticPlaces = sharesStack(critic!, resolved) ? placesOf(places, critic!.plan) : critic!.places
    const outside = tape.owner
    tape.owner = 'critic'
    this.critic = new ModelRun(timeline, critic!, criticPlaces)
    this.criticView = new ModelRun(timeline, this.scoring(critic!), criticPlaces, { sharesWeights: true })
    tape.owner = outside
    this.policyView = new ModelRun(timeline, this.scoring(policy), places, { sharesWeights: true })
    const role = (owner: 'reference' | 'reward', model: ResolvedPlan | null, onHost: boolean): RoleModel | null =>
      model && new RoleModel(timeline, owner, this.scoring(model), resolved, places, onHost)
    this.reference = role('reference', reference, settings.referenceModel?.between === 'host')
    this.reward = role('reward', reward, settings.reward.kind === 'model' && settings.reward.between === 'host')
    for (const model of [this.policy, this.critic, this.policyView, this.criticView, this.reference?.run, this.reward?.run]) if (model) model.run.positionsPerRow = true
    this.generation = settings.rollout.engine === 'hugging-face' && settings.rollout.place !== 'elsewhere' ? new Generation(timeline, this.scoring(resolved), places, this.chunk) : null
  }

  private get settings () {
    return this.policy.run.plan.reinforcement!
  }

  /** One optimizer over both; statistics follow it. */
  override get repeatsFirstStep (): boolean {
    return false
  }

  protected override makeLearner (): Learner {
    return new Learner(this.timeline, [this.policy, this.critic])
  }

  /** accelerator.prepare wraps the joint model only: its parts, the reference and the reward model run in their weights' type. */
  private scoring (resolved: ResolvedPlan): ResolvedPlan {
    const { plan } = resolved
    const attention = plan.precision.weights === 'fp32' && plan.runtime.attention !== 'eager' ? 'efficient' : plan.runtime.attention
    return { ...resolved, plan: { ...plan, precision: { ...plan.precision, autocast: 'none' }, data: { ...plan.data, microBatch: this.chunk ?? plan.data.microBatch }, runtime: { ...plan.runtime, attention } } }
  }

  protected override beforeUpdates (step: number): void {
    const { tape, timeline, settings: { generationBatch, promptLength, completionLength, reference, beta } } = this
    this.rollout(step)
    timeline.begin('buffers', step, 0)
    tape.module = 'rollout buffer'
    const [rows, p, c] = [dimension('G', generationBatch), dimension('p', promptLength), dimension('c', completionLength)]
    const ids = [shape(rows, dimension('p+c', p.size + c.size)), shape(rows, c), shape(rows, p)].map((extent, i) => tape.allocate(extent, 8, ['query_responses', 'responses', 'queries'][i]!, 'activations'))
    this.ids = ids[1]!
    this.kept.push(...ids)
    if (this.reference || reference === 'adapters-off' || beta > 0) this.referencePass(step)
    this.valuePass('values', step, this.criticView, (pass) => withoutGradient(tape, 'critic', true, pass))
    const { reward } = this
    if (reward) reward.during(() => this.valuePass('reward', step, reward.run, (pass) => withoutGradient(tape, 'reward', true, pass)))
    tape.module = 'rollout buffer'
    this.kept.push(...Array.from({ length: EXPERIENCE_PER_TOKEN }, () => tape.allocate(shape(rows, c), 4, 'experience', 'activations')))
  }

  /** batch_generation: the scores of every token of a chunk, stacked, and all chunks padded to one tensor; those of the rollout before go last. */
  private rollout (step: number): void {
    const { tape, timeline, chunk, settings: { generationBatch, completionLength, rollout } } = this
    const { vocabulary } = this.policy.run
    const c = dimension('c', completionLength)
    const of = (rows: number, tokens = c): Shape => shape(dimension('b', rows), tokens, vocabulary)
    const allocate = (extent: Shape, role: string): Storage => {
      tape.module = 'rollout buffer'
      return tape.allocate(extent, 4, role, 'logits-and-loss')
    }
    const before = this.scores
    if (this.generation) {
      const earlier = generationBatch - chunk
      const held: Storage[] = []
      this.generation.run(step, {
        beforeDecoding: () => {
          if (earlier > 0) held.push(allocate(of(earlier), 'scores of the chunks before'))
          held.push(allocate(of(chunk, dimension('c−1', completionLength - 1)), 'scores of the tokens before'))
        },
        afterwards: () => held.push(allocate(of(chunk), 'scores'))
      })
      tape.release(held.splice(-2, 1)[0]!)
      this.scores = allocate(of(generationBatch), 'scores of the rollout')
      for (const storage of held) tape.release(storage)
    } else if (rollout.place !== 'elsewhere') {
      for (const kind of ['weight-sync', 'rollout'] as const) timeline.begin(kind, step, 0)
    }
    if (before) tape.release(before)
  }

  /** forward(ref_policy, …): logits of all tokens, of which the completion's are divided in place. */
  private referencePass (step: number): void {
    const { tape, timeline, reference } = this
    timeline.begin('reference-log-probabilities', step, 0)
    const pass = (model: ModelRun): void => withoutGradient(tape, reference ? 'reference' : 'policy', reference !== null, () => {
      const frame = new Scope(tape)
      const cache = this.caches(model)
      const logits = this.call(model, frame, frame)
      const completion = slice(frame, logits, this.completionOf(logits))
      selectiveLogSoftmax(frame, completion, this.ids!)
      frame.close()
      cache?.free()
    })
    if (reference) reference.during(() => { pass(reference.run) })
    else pass(this.policyView)
  }

  /** get_reward: the backbone with all hidden states and no cache, and the score of every token. */
  private valuePass (kind: PhaseKind, step: number, model: ModelRun, around: (pass: () => void) => void): void {
    const { tape, timeline } = this
    timeline.begin(kind, step, 0)
    around(() => {
      const frame = new Scope(tape)
      this.inputs(frame, model)
      this.score(model, frame, frame)
      frame.close()
    })
  }

  /** The mask, the positions and the ids that forward() makes of the sequences. */
  private inputs (frame: Scope, { run }: ModelRun): void {
    frame.tape.module = 'batch'
    output(frame, run.ids, 1, 'attention_mask')
    for (const role of ['position_ids', 'input_ids']) output(frame, run.ids, 8, role)
  }

  /** Under checkpointing the blocks are given no cache (transformers modeling_layers.py GradientCheckpointingLayer). */
  private caches ({ run }: ModelRun): KeyValueCache | null {
    return run.cache = run.plan.runtime.checkpointing === 'none' || !this.tape.gradEnabled ? new KeyValueCache(this.tape, run.sequence.size, () => false, Infinity) : null
  }

  private call (model: ModelRun, frame: Scope, states: Scope): Tensor {
    this.inputs(frame, model)
    const { result, inputGradient } = model.forward((scope, hidden, head) => scope.hand(makeLogits(scope, hidden, head, model.run), frame), states)
    this.inputGradients.push(inputGradient)
    this.tape.category = 'logits-and-loss'
    return result
  }

  private score (model: ModelRun, frame: Scope, states: Scope): Tensor {
    const { result: hidden, inputGradient } = model.forward((scope, normed) => scope.hand(normed, frame), states)
    this.inputGradients.push(inputGradient)
    return scoresOf(frame, hidden, model.head, model.run)
  }

  private inputGradients: (Leaf | null)[] = []

  private completionOf (logits: Tensor): Shape {
    const [rows, , vocabulary] = logits.shape.dimensions
    return shape(rows!, dimension('c', this.settings.completionLength), vocabulary!)
  }

  /** PolicyAndValueWrapper.forward under autocast, the value model first; then everything that it returns in fp32. */
  private wrapped (caller: Scope): { logits: Tensor, values: Tensor, held: Storage[] } {
    const { tape, policy, critic } = this
    const { precision } = policy.run.plan
    const returned = new Scope(tape)
    const cache = this.caches(policy)
    const made = underAutocast(tape, policy.run, () => {
      const frame = new Scope(tape)
      tape.category = 'activations'
      const outside = tape.owner
      tape.owner = 'critic'
      const criticCache = this.caches(critic)
      const values = this.score(critic, frame, frame)
      tape.owner = outside
      tape.category = 'activations'
      const states = new Scope(tape)
      const logits = this.call(policy, frame, states)
      frame.hand(logits, returned)
      frame.hand(values, returned)
      const hidden = states.all().map((state) => states.hand(state, returned))
      states.close()
      frame.close()
      criticCache?.free()
      return { logits, values, hidden }
    })
    const wide = (x: Tensor): Tensor => precision.autocast !== 'none' && precision.outputsToFp32 ? cast(returned, x, 4, 'outputs in fp32') : x
    tape.category = 'logits-and-loss'
    const logits = wide(made.logits)
    tape.category = 'activations'
    const hidden = made.hidden.map(wide)
    const values = wide(made.values)
    const held = [logits, ...hidden].map(({ storage }) => tape.retain(storage))
    const result = { logits: returned.hand(logits, caller), values: returned.hand(values, caller), held: [...held, ...cache?.take() ?? []] }
    returned.close()
    return result
  }

  protected microBatch (step: number, micro: number): void {
    const { tape, timeline, policy } = this
    const { run } = policy
    timeline.begin('forward', step, micro)
    const caller = new Scope(tape)
    tape.module = 'batch'
    output(caller, run.ids, 8, 'query_responses')
    this.inputGradients = []
    const { logits, values, held } = this.wrapped(caller)
    this.letGo()
    this.bound = held
    timeline.begin('loss', step, micro, AFTER_MODEL)
    tape.category = 'logits-and-loss'
    tape.module = 'loss'
    const completion = divideInPlace(caller, logits, this.completionOf(logits), 'logits / temperature')
    this.boundLogits = completion
    const tokens = shape(run.batch, dimension('c', this.settings.completionLength))
    const perToken = selectiveLogSoftmax(caller, completion, this.ids!)
    const loss = lossOf(caller, perToken, slice(caller, values, tokens))
    tape.category = 'activations'
    this.learner.backward(step, micro, caller, loss, this.inputGradients)
    if (micro < run.plan.data.gradientAccumulation - 1) this.statistics(step, micro)
  }

  protected override afterOptimizer (step: number, micro: number): void {
    this.statistics(step, micro)
  }

  /** softmax(logits), then logsumexp(logits) and the product of both, for the log. */
  private statistics (step: number, micro: number): void {
    const { tape, timeline, boundLogits } = this
    timeline.begin('loss', step, micro, AFTER_MODEL)
    const { shape: extent, elementSize } = boundLogits!
    tape.module = 'statistics'
    tape.category = 'logits-and-loss'
    const probabilities = tape.allocate(extent, elementSize, 'probabilities')
    if (this.probabilities) tape.release(this.probabilities)
    this.probabilities = probabilities
    logSumExpWithoutGradient(tape, extent, elementSize)
    tape.transient([extent, elementSize, 'product'])
    tape.category = 'activations'
  }

  private letGo (): void {
    for (const storage of this.bound) this.tape.release(storage)
    this.bound = []
  }

  protected override afterUpdates (): void {
    this.letGo()
    if (this.probabilities) this.tape.release(this.probabilities)
    this.probabilities = null
    for (const storage of this.kept) this.tape.release(storage)
    this.kept = []
  }
}
