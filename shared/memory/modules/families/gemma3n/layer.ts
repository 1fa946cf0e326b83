import { dimension, Scope, shape, type Shape, type Storage, type Tensor } from '../../../tape/index.ts'
import { activate } from '../../activations.ts'
import type { ModelBuilder } from '../../builder.ts'
import { add, multiply, passThrough, scale } from '../../elementwise.ts'
import type { Projection } from '../../projection.ts'
import { slice } from '../../views.ts'
import type { Sublayer } from '../dense/block.ts'
import type { DenseContext, KindContext } from '../dense/context.ts'
import { streamNorm, type Norm } from '../dense/norms.ts'
import type { DecoderLayer } from '../family.ts'
import type { PerLayerInputs } from '../gemma4/layer.ts'
import { AltUpStreams } from './altUp.ts'
import { addToRest, firstOf } from './streams.ts'

const NORMS = ['input_layernorm', 'post_attention_layernorm', 'pre_feedforward_layernorm', 'post_feedforward_layernorm'] as const

/** Gemma3nTextDecoderLayer: attention and MLP of the first stream between two passes over all of them. */
export class Gemma3nLayer implements DecoderLayer {
  private readonly context: DenseContext
  private readonly kind: KindContext
  private readonly attention: Sublayer
  private readonly mlp: Sublayer
  private readonly inputs: PerLayerInputs
  private readonly norms: readonly Norm[]
  private readonly altUp: AltUpStreams
  private readonly laurel: LearnedResidual
  private readonly gate: Projection
  private readonly projection: Projection
  private readonly inputNorm: Norm
  private readonly extents: { readonly rest: Shape }

  constructor (builder: ModelBuilder, context: DenseContext, kind: KindContext, attention: Sublayer, mlp: Sublayer, inputs: PerLayerInputs, size: number) {
    const { batch, sequence, hiddenSize, hidden, architecture } = context.run
    const { streams, laurelRank } = architecture.altUp!
    const p = dimension('p', size)
    this.context = context
    this.kind = kind
    this.attention = attention
    this.mlp = mlp
    this.inputs = inputs
    this.extents = { rest: shape(dimension('n−1', streams - 1), batch, sequence, hiddenSize) }
    this.norms = NORMS.map((name) => streamNorm(builder, 'power-rms', name))
    this.altUp = new AltUpStreams(builder, streams)
    this.laurel = new LearnedResidual(builder, laurelRank)
    this.gate = builder.linear('per_layer_input_gate', p, hiddenSize, shape(batch, sequence, p), false)
    this.projection = builder.linear('per_layer_projection', hiddenSize, p, hidden, false)
    this.inputNorm = streamNorm(builder, 'power-rms', 'post_per_layer_input_norm')
  }

  arguments (): readonly Storage[] {
    const { mask, rotary } = this.kind
    return [this.context.positions, mask, rotary?.cos.storage, rotary?.sin.storage].filter((s) => s !== null && s !== undefined)
  }

  /** `per_layer_inputs[:, :, i, :]` */
  beside (scope: Scope): Tensor {
    const { batch, sequence } = this.context.run
    const whole = this.inputs.tensor!
    return slice(scope, whole, shape(batch, sequence, whole.shape.dimensions.at(-1)!))
  }

  forward (caller: Scope, streams: Tensor, beside: Tensor | null = null): Tensor {
    const scope = new Scope(caller.tape)
    const { hidden } = this.context.run
    const [before, afterAttention, beforeMlp, afterMlp] = this.norms as [Norm, Norm, Norm, Norm]
    const predictions = this.altUp.predict(scope, streams)
    const active = firstOf(scope, predictions, hidden)
    const normed = before.apply(scope, active)
    const learned = this.laurel.forward(scope, normed)
    const attended = this.attention.forward(scope, normed)
    const attention = afterAttention.apply(scope, attended)
    scope.drop(attended)
    scope.tape.module = 'residual'
    const gated = add(scope, active, attention, 'after attention')
    const both = add(scope, gated, learned, 'attention and learned residual')
    const stream = scale(scope, both, 'attention and learned residual')
    scope.drop(both)
    const transformed = this.mlp.forward(scope, beforeMlp.apply(scope, stream))
    const activated = add(scope, stream, afterMlp.apply(scope, transformed), 'after the MLP')
    const corrected = this.altUp.correct(scope, predictions, activated)
    return scope.return(this.withInput(scope, corrected, beside!), caller)
  }

  /** The per-layer input, gated by the first corrected stream, goes into the others. */
  private withInput (scope: Scope, corrected: Tensor, input: Tensor): Tensor {
    const first = firstOf(scope, corrected, this.context.run.hidden)
    const cloned = passThrough(scope, first, 'first stream')
    scope.drop(first)
    const scaled = this.altUp.scaled(scope, cloned)
    scope.drop(cloned)
    const raw = this.gate.apply(scope, scaled)
    scope.drop(scaled)
    scope.tape.module = 'act_fn'
    const open = activate(scope, raw, 'gelu')
    scope.drop(raw)
    const product = multiply(scope, open, input, 'gated input')
    scope.drop(open)
    const raised = this.projection.apply(scope, product)
    scope.drop(product)
    const normedInput = this.inputNorm.apply(scope, raised)
    scope.drop(raised)
    scope.tape.module = 'residual'
    return addToRest(scope, corrected, normedInput, this.extents.rest)
  }
}

/** Gemma3nTextLaurelBlock: x plus a low-rank layer of x. */
class LearnedResidual {
  private readonly left: Projection
  private readonly right: Projection
  private readonly norm: Norm

  constructor (builder: ModelBuilder, rank: number) {
    const { batch, sequence, hiddenSize, hidden } = builder.run
    const r = dimension('r_L', rank)
    this.left = builder.linear('linear_left', r, hiddenSize, shape(batch, sequence, r), false)
    this.right = builder.linear('linear_right', hiddenSize, r, hidden, false)
    this.norm = streamNorm(builder, 'power-rms', 'post_laurel_norm')
  }

  forward (caller: Scope, x: Tensor): Tensor {
    const scope = new Scope(caller.tape)
    const narrowed = this.left.apply(scope, x)
    const raised = this.right.apply(scope, narrowed)
    scope.drop(narrowed)
    return scope.return(add(scope, x, this.norm.apply(scope, raised), 'learned residual'), caller)
  }
}
