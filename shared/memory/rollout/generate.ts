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

/**
 * transformers' generate() with sampling (5.18, generation/utils.py GenerationMixin._sample) over a batch of prompts: the prefill, and of the
 * decoding steps the last, whose cache is the longest. Runs on the policy's own weights.
 */
export class Generation {
  private readonly timeline: Timeline
  private readonly tape: Tape
  private readonly prefill: ModelRun
  private readonly step: ModelRun
  private readonly cache: KeyValueCache
  private readonly prompt: number
  private readonly completion: number

  constructor (timeline: Timeline, resolved: ResolvedPlan, places: readonly LayerPlace[], sequences: number) {
    const { tape } = timeline
    const { promptLength, completionLength } = resolved.plan.reinforcement!
    this.timeline = timeline
    this.tape = tape
    this.prompt = promptLength
    this.completion = completionLength
    const plain = frozenPlaces(places)
    const of = (sequenceLength: number): ResolvedPlan => generating(resolved, sequences, sequenceLength)
    const slides = slidingLayers(resolved.architecture)
    this.cache = new KeyValueCache(tape, promptLength, (layer) => slides[layer] ?? false, resolved.architecture.slidingWindow?.window ?? Infinity)
    this.prefill = new ModelRun(timeline, of(promptLength), plain, { sharesWeights: true, cache: this.cache })
    this.step = new ModelRun(timeline, of(1), plain, { sharesWeights: true, cache: this.cache, cachedTokens: promptLength + completionLength - 1 })
  }

  run (step: number): void {
    const { tape, timeline, cache } = this
    withoutGradient(tape, 'policy', true, () => {
      const frame = new Scope(tape)
      timeline.begin('prefill', step, 0)
      this.loadPrompts(frame)
      cache.length = this.prompt
      const first = this.sample(frame, this.call(this.prefill, frame), [])
      if (this.completion > 1) {
        timeline.begin('decode', step, 0)
        cache.growTo(this.prompt + this.completion - 2)
        cache.length++
        const [positions] = ['position_ids', 'attention_mask', 'input_ids'].map((role) => this.grown(frame, role, 1))
        const logits = this.call(this.step, frame)
        // _update_model_kwargs_for_generation: mask and positions one token longer; the mask before is still among the call's arguments.
        this.grown(frame, 'position_ids', 0)
        frame.drop(positions!)
        this.grown(frame, 'attention_mask', 0)
        this.sample(frame, logits, first)
      }
      frame.close()
      cache.free()
    })
  }

  /** Token ids, attention mask and the positions made of it, int64 (prepare_inputs_for_generation). */
  private loadPrompts (frame: Scope): void {
    this.tape.module = 'batch'
    for (const role of ['prompt_ids', 'attention_mask', 'position_ids']) output(frame, this.prefill.run.ids, 8, role)
  }

  /** An int64 of every token so far, `short` of the whole completion. */
  private grown (frame: Scope, role: string, short: number): Tensor {
    this.tape.module = 'batch'
    return output(frame, shape(this.prefill.run.batch, dimension('p+t', this.prompt + this.completion - short)), 8, role)
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

  /** From the last position's logits to the next token: scores in fp32 and their softmax stay bound until the next step makes its own. */
  private sample (frame: Scope, logits: Tensor, bound: readonly Tensor[]): Tensor[] {
    const { tape } = this
    const [scoresBefore, probabilitiesBefore] = bound
    tape.module = 'sampling'
    const extent = shape(logits.shape.dimensions[0]!, logits.shape.dimensions.at(-1)!)
    const scores = output(frame, extent, 4, 'scores')
    if (scoresBefore) frame.drop(scoresBefore)
    const probabilities = output(frame, extent, 4, 'probabilities')
    if (probabilitiesBefore) frame.drop(probabilitiesBefore)
    frame.drop(logits)
    tape.category = 'activations'
    return [scores, probabilities]
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
