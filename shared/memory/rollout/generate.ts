import { ModelRun, underAutocast, withoutGradient } from '../passes/modelRun.ts'
import { frozenPlaces } from '../training.ts'
import { lastLogits } from '../modules/logits.ts'
import { cast, output } from '../modules/elementwise.ts'
import { slidingLayers } from '../modules/window.ts'
import type { ResolvedPlan } from '../resolvedPlan.ts'
import type { LayerPlace } from '../stack.ts'
import { dimension, Scope, shape, type Tape, type Tensor } from '../tape/index.ts'
import type { Timeline } from '../timeline.ts'
import { KeyValueCache } from '../modules/keyValueCache.ts'

interface DecodingStep {
  readonly model: ModelRun
  /** Tokens that attention sees, the step's own included. */
  readonly tokens: number
}

/**
 * transformers' generate() with sampling (5.18, generation/utils.py GenerationMixin._sample) over a batch of prompts: the prefill, and of the
 * decoding steps the last, whose cache is the longest. Runs on the policy's own weights.
 */
export class Generation {
  private readonly timeline: Timeline
  private readonly tape: Tape
  private readonly prefill: ModelRun
  /** Decoding steps that are run: the first where sliding layers then hold more than later, and the last. */
  private readonly steps: readonly DecodingStep[]
  private readonly cache: KeyValueCache
  private readonly prompt: number

  constructor (timeline: Timeline, resolved: ResolvedPlan, places: readonly LayerPlace[], sequences: number) {
    const { tape } = timeline
    const { promptLength, completionLength } = resolved.plan.reinforcement!
    this.timeline = timeline
    this.tape = tape
    this.prompt = promptLength
    const plain = frozenPlaces(places)
    const of = (sequenceLength: number): ResolvedPlan => generating(resolved, sequences, sequenceLength)
    const slides = slidingLayers(resolved.architecture)
    this.cache = new KeyValueCache(tape, promptLength, (layer) => slides[layer] ?? false, resolved.architecture.slidingWindow?.window ?? Infinity)
    this.prefill = new ModelRun(timeline, of(promptLength), plain, { sharesWeights: true, cache: this.cache })
    const last = promptLength + completionLength - 1
    const narrows = slides.includes(true) && promptLength >= (resolved.architecture.slidingWindow?.window ?? Infinity)
    const lengths = completionLength < 2 ? [] : [...narrows && last > promptLength + 1 ? [promptLength + 1] : [], last]
    this.steps = lengths.map((tokens) => ({ tokens, model: new ModelRun(timeline, of(1), plain, { sharesWeights: true, cache: this.cache, cachedTokens: tokens }) }))
  }

  /** `hooks`: what the caller holds while tokens are made, and makes of them before the cache goes. */
  run (step: number, hooks: { readonly beforeDecoding?: () => void, readonly afterwards?: () => void } = {}): void {
    const { tape, timeline, cache } = this
    withoutGradient(tape, 'policy', true, () => {
      const frame = new Scope(tape)
      timeline.begin('prefill', step, 0)
      this.loadPrompts(frame)
      cache.length = this.prompt
      let scores = this.sample(frame, this.call(this.prefill, frame), [])
      if (this.steps.length > 0) timeline.begin('decode', step, 0)
      hooks.beforeDecoding?.()
      for (const { model, tokens } of this.steps) {
        if (tokens > cache.length + 1) cache.growTo(tokens - 1)
        cache.length = tokens
        scores = this.decode(frame, model, tokens, scores)
      }
      hooks.afterwards?.()
      frame.close()
      cache.free()
    })
  }

  /** Token ids, attention mask and the positions made of it, int64 (prepare_inputs_for_generation). */
  private loadPrompts (frame: Scope): void {
    this.tape.module = 'batch'
    for (const role of ['prompt_ids', 'attention_mask', 'position_ids']) output(frame, this.prefill.run.ids, 8, role)
  }

  /** One decoding step: from the scores of the step before to its own. */
  private decode (caller: Scope, model: ModelRun, tokens: number, before: readonly Tensor[]): Tensor[] {
    const frame = new Scope(this.tape)
    const [positions] = ['position_ids', 'attention_mask', 'input_ids'].map((role) => this.ofAll(frame, role, tokens))
    const logits = this.call(model, frame)
    // _update_model_kwargs_for_generation: mask and positions one token longer; the mask before is still among the call's arguments.
    this.ofAll(frame, 'position_ids', tokens + 1)
    frame.drop(positions!)
    this.ofAll(frame, 'attention_mask', tokens + 1)
    const made = this.sample(frame, logits, before, caller)
    frame.close()
    return made
  }

  /** An int64 of every token so far. */
  private ofAll (frame: Scope, role: string, tokens: number): Tensor {
    this.tape.module = 'batch'
    return output(frame, shape(this.prefill.run.batch, dimension('p+t', tokens)), 8, role)
  }

  private call (model: ModelRun, frame: Scope): Tensor {
    const { tape } = this
    const { run } = model
    const { precision } = run.plan
    const inner = new Scope(tape)
    tape.category = 'activations'
    const { result } = underAutocast(tape, run, () => model.forward((scope, hidden, head) => scope.hand(lastLogits(scope, hidden, head, run), inner)))
    tape.category = 'logits-and-loss'
    return inner.return(precision.autocast !== 'none' && precision.outputsToFp32 ? cast(inner, result, 4, 'outputs in fp32') : result, frame)
  }

  /** From the last position's logits to the next token: scores in fp32 and their softmax stay bound in `owner` until the next step makes its own. */
  private sample (frame: Scope, logits: Tensor, before: readonly Tensor[], owner = frame): Tensor[] {
    const { tape } = this
    tape.module = 'sampling'
    const extent = shape(logits.shape.dimensions[0]!, logits.shape.dimensions.at(-1)!)
    const made = ['scores', 'probabilities'].map((role, i) => {
      const tensor = output(owner, extent, 4, role)
      if (before[i]) owner.drop(before[i])
      return tensor
    })
    frame.drop(logits)
    tape.category = 'activations'
    return made
  }
}

/** The policy's plan while it generates: logits of the last position only, no checkpoints. */
function generating (resolved: ResolvedPlan, sequences: number, sequenceLength: number): ResolvedPlan {
  const { checkpointOffload: _, checkpointSaves: __, ...runtime } = resolved.plan.runtime
  return {
    ...resolved,
    plan: {
      ...resolved.plan,
      data: { ...resolved.plan.data, microBatch: sequences, sequenceLength },
      runtime: { ...runtime, checkpointing: 'none', logitsToKeep: 1 }
    }
  }
}
