import { dimension, shape, type Scope, type Shape, type Tensor } from '../../tape/index.ts'
import type { ModelBuilder } from '../builder.ts'
import { cast, passThrough } from '../elementwise.ts'
import type { Run } from '../run.ts'
import { concatenate, split } from '../views.ts'
import { growMask, type PromptLearning } from './prompt.ts'
import { promptEncoder, type PromptEncoder } from './promptEncoder.ts'

/**
 * Prefix tuning (peft/peft_model.py get_prompt, transformers cache_utils.py DynamicCache): one trained row per virtual token
 * holds the keys and values of all layers; they fill a cache that every layer's own keys and values are appended to.
 */
export class PrefixTuning implements PromptLearning {
  readonly joinsTokens = false
  private readonly run: Run
  private readonly encoder: PromptEncoder
  private readonly virtualTokens: number
  private readonly layers: number
  private readonly elementSize: number
  /** Keys and values by layer, in PEFT's frame. */
  private cache: { keys: Tensor, values: Tensor }[] = []
  private frame: Scope | null = null

  /** `layers`: of the simulated stack; `elementSize`: of the model's weights. */
  constructor (builder: ModelBuilder, virtualTokens: number, encoderHiddenSize: number | null, layers: number, elementSize: number) {
    const { architecture: { kvHeads, headDim } } = builder.run
    this.run = builder.run
    this.virtualTokens = virtualTokens
    this.layers = layers
    this.elementSize = elementSize
    this.encoder = promptEncoder(builder, {
      virtualTokens,
      tokenWidth: kvHeads * headDim,
      width: layers * 2 * kvHeads * headDim,
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
    const one = shape(batch!, tokens!, dimension('nkv', run.architecture.kvHeads), dimension('d', run.architecture.headDim))
    const pair = shape(dimension('2', 2), ...one.dimensions)
    const layers = split(frame, typed, Array.from({ length: this.layers }, () => pair))
    frame.drop(typed)
    this.frame = frame
    this.cache = layers.map((layer) => {
      const [k, v] = split(frame, layer, [one, one])
      const keys = passThrough(frame, k!, 'keys of the prefix')
      const values = passThrough(frame, v!, 'values of the prefix')
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
    const past = this.cache[layer]!
    const append = (before: Tensor, own: Tensor, role: string): Tensor => {
      const joined = concatenate(scope, [before, own], this.extended(own.shape), role)
      frame.drop(before)
      frame.alias(joined)
      return joined
    }
    const joined: [Tensor, Tensor] = [append(past.keys, k, 'keys with the prefix'), append(past.values, v, 'values with the prefix')]
    scope.drop(k, v)
    return joined
  }

  private extended (own: Shape): Shape {
    const [batch, , ...rest] = own.dimensions
    return shape(batch!, this.run.keys, ...rest)
  }
}
