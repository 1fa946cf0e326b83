import { ELEMENT_SIZE } from '../floatType.ts'
import { promptLearning, type PromptLearning } from '../modules/adapters/promptLearning.ts'
import { ModelBuilder } from '../modules/builder.ts'
import { headsOf } from '../modules/families/dense/context.ts'
import { cast } from '../modules/elementwise.ts'
import type { DecoderModel, Finish, Head } from '../modules/families/index.ts'
import type { Parameter } from '../modules/linear.ts'
import { balancingLoss, RouterLogits, routerOutputsInFp32 } from '../modules/moe/balancing.ts'
import { makeRun, type Run } from '../modules/run.ts'
import type { ImageInput } from '../modules/vision/part.ts'
import type { ResolvedPlan } from '../resolvedPlan.ts'
import type { KeyValueCache } from '../modules/keyValueCache.ts'
import type { LayerPlace } from '../stack.ts'
import { Leaf, Scope, type Owner, type Tape, type Tensor } from '../tape/index.ts'
import { AFTER_BLOCKS, ROUTER_LOSS, type Timeline } from '../timeline.ts'
import { Blocks } from './blocks.ts'

/** How a run looks at a model. */
export interface ModelView {
  /** The model is on the tape already: this is the same one, run on other extents. */
  readonly sharesWeights?: boolean
  readonly cache?: KeyValueCache
  /** Tokens that attention sees where the pass itself has fewer; absent: those of the pass. */
  readonly cachedTokens?: number
}

/**
 * One model on the tape: its parameters, and its forward pass from token ids to the last hidden states. Under
 * `tape.gradEnabled = false` nothing is kept for a backward pass.
 */
export class ModelRun {
  readonly run: Run
  /** Every distinct trained parameter, in order. */
  readonly trained: readonly Parameter[]
  readonly trainableParameters: number
  readonly blocks: Blocks
  private readonly timeline: Timeline
  private readonly model: DecoderModel
  private readonly prompt: PromptLearning | null
  private imageLeaves: Leaf[] = []

  constructor (timeline: Timeline, resolved: ResolvedPlan, places: readonly LayerPlace[], view: ModelView = {}) {
    const { tape } = timeline
    this.timeline = timeline
    this.run = makeRun(tape, resolved.plan, resolved.architecture, view.cachedTokens)
    this.run.cache = view.cache ?? null
    const outside = tape.sharesMemory
    tape.sharesMemory = view.sharesWeights ?? false
    const builder = new ModelBuilder(this.run, resolved)
    this.model = resolved.family.build(builder, places)
    this.blocks = new Blocks(this.run, places)
    this.prompt = promptLearning(builder, resolved.plan.method, places.map(({ kind }) => headsOf(resolved.architecture, kind)), builder.weightSize)
    tape.sharesMemory = outside
    this.trained = builder.trained
    this.trainableParameters = [...builder.trained, ...builder.idle].reduce((n, p) => n + p.elements, 0)
  }

  /** load_balancing_loss_func within the model's call, after its loss. */
  private balance (scope: Scope, outputs: Scope | null): void {
    const { run } = this
    const taken = run.routerLogits?.taken ?? []
    run.routerLogits = null
    if (taken.length > 0) this.timeline.segment(ROUTER_LOSS)
    run.balancing = taken.length > 0 ? balancingLoss(outputs ?? scope, taken, run) : null
    run.routerOutputs = outputs ? taken.map((logits) => scope.hand(logits, outputs)) : []
  }

  /** What the data loader puts on the GPU for the images. */
  get imageInputs (): readonly ImageInput[] {
    return this.model.imageInputs ?? []
  }

  /** The graph of a forward pass is freed: what its closures and the leaves in front of the tower hold goes. */
  graphFreed (): void {
    for (const leaf of this.imageLeaves) if (leaf.grad) this.run.tape.release(leaf.grad)
    this.imageLeaves = []
    this.blocks.graphFreed()
  }

  get head (): Head {
    return this.model.head
  }

  /**
   * A forward pass; `finish` makes the result and hands what outlives the model's frame to whom it belongs. `states`
   * (output_hidden_states): receives the input of every block and the normed output of the last. `outputs`: the frame that keeps the
   * model's outputs, router logits among them.
   */
  forward<T> (finish: Finish<T>, states: Scope | null = null, outputs: Scope | null = null): { readonly result: T, readonly inputGradient: Leaf | null } {
    const { timeline, model, run } = this
    const { tape } = run
    const { runtime } = run.plan
    // Virtual tokens are put in place by a frame around the model's (PeftModelForCausalLM.forward).
    const frame = this.prompt ? new Scope(tape) : null
    const scope = new Scope(tape)
    this.prompt?.begin(frame!)
    run.routerLogits = run.plan.runtime.routerLoss && tape.gradEnabled && !run.cache ? new RouterLogits(scope) : null
    let x = model.embed(this.prompt?.joinsTokens ? frame! : scope)
    // transformers gradient_checkpointing_enable calls enable_input_require_grads: the first block's input gets a gradient.
    const inputGradient = tape.gradEnabled && runtime.checkpointing !== 'none' && !x.requiresGrad ? new Leaf() : null
    if (inputGradient) {
      x.requiresGrad = true
      x.leaf = inputGradient
      // accumulate_grad.h: the node of a leaf holds the tensor itself.
      this.blocks.keep(x.storage)
    }
    const images = model.merge?.(scope, x, { blocks: this.blocks, leaves: this.imageLeaves })
    if (images) {
      scope.drop(x)
      x = images.hidden
    }
    if (this.prompt?.joinsTokens) x = this.prompt.join(frame!, x)
    const shared = model.share(x)
    const entered = model.enter?.(scope, x)
    if (entered) {
      scope.drop(x)
      x = entered.hidden
    }
    const embedded = entered?.renamed ? [] : [scope.alias(x)]
    let second: Tensor | null = null
    model.layers.forEach((layer, i) => {
      timeline.segment(i)
      states?.alias(x)
      const given = layer.arguments?.() ?? shared
      const next = timeline.effects
        ? timeline.effects.forward({ blocks: this.blocks, scope, x, shared: given, layer, index: i, trained: this.trained })
        : this.blocks.forward(scope, x, given, layer, i)
      scope.drop(x)
      x = next
      if (second) scope.drop(second)
      second = layer.second ?? null
    })
    timeline.segment(AFTER_BLOCKS)
    const hidden = model.finalNorm(scope, x)
    scope.drop(x, ...embedded, ...second ? [second] : [])
    states?.alias(hidden)
    for (const storage of [...shared, ...entered?.kept ?? [], ...images?.kept ?? []]) tape.release(storage)
    images?.end?.()
    const result = finish(scope, hidden, model.head)
    this.balance(scope, outputs)
    scope.close()
    frame?.close()
    return { result, inputGradient }
  }
}

/** Runs a model's call as Accelerator.prepare_model wraps it under mixed precision: autocast, and the casts of weights kept until its end. */
export function underAutocast<T> (tape: Tape, { plan }: Run, call: () => T): T {
  const { autocast } = plan.precision
  tape.autocast = autocast === 'none' ? 0 : ELEMENT_SIZE[autocast]
  tape.weightCache = tape.autocast ? new Map() : null
  const result = call()
  for (const copy of tape.weightCache?.values() ?? []) tape.release(copy.storage)
  tape.weightCache = null
  tape.autocast = 0
  return result
}

export interface WrappedOutput {
  readonly output: Tensor
  /** Of the first block's input, where checkpointing asks for one. */
  readonly inputGradient: Leaf | null
}

/**
 * A model's call as Accelerator.prepare_model wraps it: autocast around it, and its output in fp32 (accelerate utils/operations.py
 * ConvertOutputsToFp32). `finishFor` makes the finish that hands its result to the frame it is given.
 */
export function wrappedCall (model: ModelRun, caller: Scope, finishFor: (receiver: Scope) => Finish<Tensor>): WrappedOutput {
  const { run } = model
  const { tape, plan: { precision } } = run
  const frame = new Scope(tape)
  tape.category = 'activations'
  const { result: narrow, inputGradient } = underAutocast(tape, run, () => model.forward(finishFor(frame), null, caller))
  tape.category = 'logits-and-loss'
  const widens = precision.autocast !== 'none' && precision.outputsToFp32
  const output = widens ? cast(frame, narrow, 4, 'outputs in fp32') : narrow
  if (widens) {
    const before = run.routerOutputs
    routerOutputsInFp32(run, caller)
    caller.drop(...before.filter((logits) => !run.routerOutputs.includes(logits)))
  }
  return { output: frame.return(output, caller), inputGradient }
}

/** A pass under torch.no_grad of one of the algorithm's models; `adapters` off: the base under the policy's adapters. */
export function withoutGradient<T> (tape: Tape, owner: Owner, adapters: boolean, pass: () => T): T {
  const outside = { gradEnabled: tape.gradEnabled, adapters: tape.adapters, owner: tape.owner }
  Object.assign(tape, { gradEnabled: false, adapters, owner })
  const result = pass()
  Object.assign(tape, outside)
  return result
}
