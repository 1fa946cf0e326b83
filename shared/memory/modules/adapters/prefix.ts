import { dimension, shape, type Scope, type Shape, type Tensor } from '../../tape/index.ts'
import type { Architecture } from '../../../architecture/architecture.ts'
import type { ModelBuilder } from '../builder.ts'
import { cast, passThrough, sliceCopy } from '../elementwise.ts'
import type { Run } from '../run.ts'
import { concatenate, split } from '../views.ts'
import { growMask, type PromptLearning } from './prompt.ts'
import { promptEncoder, type PromptEncoder } from './promptEncoder.ts'

/** Key heads of a layer and their width. */
export type KeyExtent = Pick<Architecture, 'kvHeads' | 'headDim'>

/** The keys that a prefix is as wide as: of the layers with the widest heads (peft/utils/other.py _prepare_prompt_learning_config). */
export function prefixExtent ({ kvHeads, headDim, layerGroups = [] }: Architecture): KeyExtent {
  return layerGroups.filter(({ mixer }) => mixer === 'attention')
    .map((group) => ({ kvHeads: group.kvHeads ?? kvHeads, headDim: group.headDim ?? headDim }))
    .reduce((widest, next) => next.headDim > widest.headDim ? next : widest, { kvHeads, headDim })
}

/** Whether a layer with such keys has a prefix: others are left out (peft_model.py get_prompt, _get_layer_kv_target_shape). */
export const takesPrefix = (architecture: Architecture, own: KeyExtent): boolean => {
  const { kvHeads, headDim } = prefixExtent(architecture)
  return own.kvHeads <= kvHeads && own.headDim <= headDim
}

/**
 * Prefix tuning (peft/peft_model.py get_prompt, transformers cache_utils.py DynamicCache): one trained row per virtual token
 * holds the keys and values of all layers; they fill a cache that every layer's own keys and values are appended to.
 */
export class PrefixTuning implements PromptLearning {
  readonly joinsTokens = false
  private readonly run: Run
  private readonly encoder: PromptEncoder
  private readonly virtualTokens: number
  private readonly layers: readonly KeyExtent[]
  private readonly elementSize: number
  /** Keys and values by layer, in PEFT's frame. */
  private cache: ({ keys: Tensor, values: Tensor } | null)[] = []
  private frame: Scope | null = null
  /** Keys that `extend` made. */
  private cached = new WeakSet<Tensor>()

  /** `layers`: keys of those of the simulated stack; `elementSize`: of the model's weights. */
  constructor (builder: ModelBuilder, virtualTokens: number, encoderHiddenSize: number | null, layers: readonly KeyExtent[], elementSize: number) {
    const { kvHeads, headDim } = prefixExtent(builder.run.architecture)
    this.run = builder.run
    this.virtualTokens = virtualTokens
    this.layers = layers
    this.elementSize = elementSize
    this.encoder = promptEncoder(builder, {
      virtualTokens,
      tokenWidth: kvHeads * headDim,
      width: layers.length * 2 * kvHeads * headDim,
      rows: builder.run.batch,
      hidden: encoderHiddenSize === null ? null : { size: encoderHiddenSize, kind: 'prefix' }
    })
  }

  begin (frame: Scope): void {
    const { run } = this
    growMask(frame, run, this.virtualTokens)
    const made = this.encoder.encode(frame)
    frame.tape.module = 'past_key_values'
    const typed = cast(frame, made, this.elementSize, 'prefix in the model type')
    if (typed !== made) frame.drop(made)
    const [batch, tokens] = typed.shape.dimensions
    const { kvHeads, headDim } = prefixExtent(run.architecture)
    const extent = (heads: number, width: number): Shape => shape(batch!, tokens!, dimension('nkv', heads), dimension('d', width))
    const one = extent(kvHeads, headDim)
    const pair = shape(dimension('2', 2), ...one.dimensions)
    const layers = split(frame, typed, this.layers.map(() => pair))
    frame.drop(typed)
    this.frame = frame
    this.cache = layers.map((layer, i) => {
      const own = this.layers[i]!
      if (!takesPrefix(run.architecture, own)) return null
      const [k, v] = split(frame, layer, [one, one])
      const copy = (x: Tensor, role: string): Tensor =>
        own.kvHeads === kvHeads && own.headDim === headDim ? passThrough(frame, x, role) : sliceCopy(frame, x, extent(own.kvHeads, own.headDim), role)
      const keys = copy(k!, 'keys of the prefix')
      const values = copy(v!, 'values of the prefix')
      frame.drop(k!, v!)
      return { keys, values }
    })
    frame.drop(...layers)
  }

  join (_: Scope, embedded: Tensor): Tensor {
    return embedded
  }

  /** `past_key_values.update` of one layer: its keys and values behind the prefix's; the cache keeps them until the model returns. */
  extend (scope: Scope, k: Tensor, v: Tensor, layer: number): [Tensor, Tensor] {
    const frame = this.frame!
    const past = this.cache[layer]
    // Keys of an earlier layer, which the cache has.
    if (this.cached.has(k)) return [k, v]
    const append = (before: Tensor | undefined, own: Tensor, role: string): Tensor => {
      const joined = before ? concatenate(scope, [before, own], this.extended(own.shape), role) : passThrough(scope, own, role)
      if (before) frame.drop(before)
      frame.alias(joined)
      return joined
    }
    const joined: [Tensor, Tensor] = [append(past?.keys, k, 'keys with the prefix'), append(past?.values, v, 'values with the prefix')]
    scope.drop(k, v)
    this.cached.add(joined[0])
    return joined
  }

  private extended (own: Shape): Shape {
    const [batch, , ...rest] = own.dimensions
    return shape(batch!, this.run.keys, ...rest)
  }
}
