import { Scope, type Shape, type Storage, type Tensor } from '../../../tape/index.ts'
import type { ModelBuilder } from '../../builder.ts'
import { add, addInPlace, dropout, scale } from '../../elementwise.ts'
import type { DecoderLayer } from '../family.ts'
import type { DenseContext, KindContext } from './context.ts'
import { streamNorm, type Norm } from './norms.ts'
import type { BlockOrder } from './spec.ts'

/** Names of a block's norms in the order in which it makes them. */
const NORMS: Readonly<Record<BlockOrder, readonly string[]>> = {
  'pre': ['input_layernorm', 'post_attention_layernorm'],
  'sandwich': ['input_layernorm', 'post_attention_layernorm', 'pre_feedforward_layernorm', 'post_feedforward_layernorm'],
  'post': ['post_attention_layernorm', 'post_feedforward_layernorm'],
  'parallel-residual-first': ['input_layernorm'],
  'parallel-mlp-first': ['input_layernorm'],
  'parallel-attention-first': ['input_layernorm'],
  'parallel-two-norms': ['input_layernorm', 'post_attention_layernorm'],
  'parallel-norms-first': ['ln_attn', 'ln_mlp'],
  'parallel-in-place': ['input_layernorm'],
  'post-sum': ['self_attn_layer_norm', 'final_layer_norm']
}

/** Attention or MLP of a block. */
export interface Sublayer {
  forward (scope: Scope, x: Tensor): Tensor
  /** The probabilities of eager attention, in the block's frame, where the block returns them. */
  readonly probabilities?: Tensor | null
}

/** A decoder block of any order; its norms are made after its sublayers. */
export class DenseLayer implements DecoderLayer {
  private readonly context: DenseContext
  private readonly kind: KindContext
  private readonly attention: Sublayer
  private readonly mlp: Sublayer
  private readonly norms: readonly Norm[]
  second: Tensor | null = null
  /** The stream between the sublayers. */
  protected middle: Tensor | null = null

  constructor (builder: ModelBuilder, context: DenseContext, kind: KindContext, attention: Sublayer, mlp: Sublayer) {
    this.context = context
    this.kind = kind
    this.attention = attention
    this.mlp = mlp
    this.norms = (context.spec.normNames ?? NORMS[context.spec.order]).map((name) => streamNorm(builder, context.spec.norm, name))
  }

  arguments (): readonly Storage[] {
    const { mask, rotary } = this.kind
    return [this.context.positions, mask, rotary?.cos.storage, rotary?.sin.storage, this.context.chosen.held?.storage].filter((s) => s !== null && s !== undefined)
  }

  get integers (): Shape | null {
    return this.context.chosen.extent
  }

  forward (caller: Scope, x: Tensor, beside: Tensor | null = null): Tensor {
    const scope = new Scope(caller.tape)
    const { order } = this.context.spec
    const result = this.finish(scope, order.startsWith('parallel') ? this.parallel(scope, x) : this.sequential(scope, x), beside)
    const { probabilities } = this.attention
    this.second = probabilities ? scope.hand(probabilities, caller) : null
    return scope.return(result, caller)
  }

  /** Attention, then MLP, each between its norms and added to the stream. */
  private sequential (scope: Scope, x: Tensor): Tensor {
    const { norms } = this
    const { order } = this.context.spec
    if (order === 'post-sum') return this.normedSums(scope, x)
    const [before, after] = order === 'pre' ? [[0, 1], []] : order === 'post' ? [[], [0, 1]] : [[0, 2], [1, 3]]
    const sublayer = (i: 0 | 1, stream: Tensor): Tensor => {
      const input = before[i] === undefined ? stream : norms[before[i]]!.apply(scope, stream)
      let output = i === 0 ? this.attention.forward(scope, input) : this.mlp.forward(scope, input)
      if (input !== stream) scope.drop(input)
      if (i === 1) output = this.afterMlp(scope, stream, output)
      if (after[i] !== undefined) {
        const normed = norms[after[i]]!.apply(scope, output)
        scope.drop(output)
        output = normed
      }
      return this.joined(scope, stream, output, i === 0 ? 'after attention' : 'block output')
    }
    this.middle = sublayer(0, x)
    return sublayer(1, this.middle)
  }

  /** What a block does between its MLP and the norm after it. */
  protected afterMlp (_scope: Scope, _stream: Tensor, output: Tensor): Tensor {
    return output
  }

  /** What a block does to the stream after its sublayers. */
  protected finish (_scope: Scope, stream: Tensor, _beside: Tensor | null): Tensor {
    return stream
  }

  /** OPTDecoderLayer.forward without do_layer_norm_before. */
  private normedSums (scope: Scope, x: Tensor): Tensor {
    let stream = x
    for (const [i, sublayer] of [this.attention, this.mlp].entries()) {
      const sum = this.joined(scope, stream, sublayer.forward(scope, stream), i === 0 ? 'after attention' : 'after the MLP')
      const normed = this.norms[i]!.apply(scope, sum)
      scope.drop(sum)
      stream = normed
    }
    return stream
  }

  /** Dropout of a sublayer's output. */
  private thinned (scope: Scope, output: Tensor): Tensor {
    const { dropout: rates } = this.context.spec
    if (!rates || rates.residual === 0) return output
    scope.tape.module = 'dropout'
    const result = dropout(scope, output)
    scope.drop(output)
    return result
  }

  private joined (scope: Scope, stream: Tensor, sublayer: Tensor, role: string): Tensor {
    const output = this.thinned(scope, sublayer)
    let added = output
    scope.tape.module = 'residual'
    if (this.context.spec.residualMultiplier) added = scale(scope, output, 'times the residual multiplier')
    const sum = add(scope, stream, added, role)
    if (!this.context.spec.namesAttention || role !== 'after attention') scope.drop(output, added)
    return sum
  }

  /** Attention and MLP of the same input. */
  private parallel (scope: Scope, x: Tensor): Tensor {
    const { order } = this.context.spec
    if (order === 'parallel-norms-first' || order === 'parallel-in-place') return this.parallelNormsFirst(scope, x)
    const normed = this.norms[0]!.apply(scope, x)
    const attended = this.thinned(scope, this.attention.forward(scope, normed))
    let input = normed
    if (order === 'parallel-two-norms') {
      scope.drop(normed)
      input = this.norms[1]!.apply(scope, x)
    }
    const transformed = this.thinned(scope, this.mlp.forward(scope, input))
    if (order === 'parallel-two-norms') scope.drop(input)
    scope.tape.module = 'residual'
    const [first, second, third] = order === 'parallel-residual-first'
      ? [x, attended, transformed]
      : order === 'parallel-attention-first' ? [attended, transformed, x] : [transformed, attended, x]
    const partial = add(scope, first, second, 'partial sum')
    return add(scope, partial, third, 'block output')
  }

  /** FalconDecoderLayer.forward: both norms (or the one) first; the attention's output is added to the MLP's in place. */
  private parallelNormsFirst (scope: Scope, x: Tensor): Tensor {
    const [forAttention, forMlp] = this.norms.map((norm) => norm.apply(scope, x))
    const attended = this.attention.forward(scope, forAttention!)
    const transformed = this.mlp.forward(scope, forMlp ?? forAttention!)
    scope.tape.module = 'residual'
    return add(scope, x, addInPlace(scope, transformed, attended), 'block output')
  }
}
