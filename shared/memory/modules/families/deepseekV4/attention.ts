import type { CompressedAttention } from '../../../../architecture/attention.ts'
import { dimension, edgeOf, GradNode, Scope, shape, type Shape, type Tensor } from '../../../tape/index.ts'
import { attentionGeometry } from '../../attend.ts'
import type { ModelBuilder } from '../../builder.ts'
import { add, cast, gradient, multiply, needsGrad, output, softmax } from '../../elementwise.ts'
import { linear, type Parameter } from '../../linear.ts'
import type { Projection } from '../../projection.ts'
import { rotateHalf } from '../../rotary.ts'
import { sinkAttention } from '../../sinkAttention.ts'
import { concatenate, slice } from '../../views.ts'
import type { DenseContext, KindContext } from '../dense/context.ts'
import { Norm } from '../dense/norms.ts'
import { Compressor, CompressorIndexer } from './compressor.ts'

/** Width of the part of a head that turns (configuration_deepseek_v4.py qk_rope_head_dim). */
export const ROPE = 64

/** transformers DeepseekV4Attention: one key head that is the value too, compressed keys beside it, sinks, a grouped low-rank output. */
export class CompressedSelfAttention {
  private readonly context: DenseContext
  private readonly kind: KindContext
  private readonly query: { readonly down: Projection, readonly norm: Norm, readonly up: Projection, readonly headNorm: Norm }
  private readonly key: { readonly layer: Projection, readonly norm: Norm }
  private readonly out: { readonly down: Parameter, readonly up: Projection }
  private readonly sinks: Parameter
  private readonly compressor: Compressor | null
  private readonly indexer: CompressorIndexer | null

  constructor (builder: ModelBuilder, context: DenseContext, kind: KindContext, sizes: CompressedAttention, ratio: number) {
    const { run } = context
    const { batch, sequence, hiddenSize: h, tokens } = run
    const { heads, headDim, query } = kind.geometry
    const [rank, q, groups] = [dimension('r_q', sizes.qLoraRank), dimension('q', heads.size * headDim.size), sizes.outputGroups]
    const low = dimension('g·r_o', groups * sizes.outputLoraRank)
    this.context = context
    this.kind = kind
    this.query = {
      down: builder.linear('q_a_proj', rank, h, shape(batch, sequence, rank), false),
      norm: new Norm(builder, 'rms', 'q_a_norm', shape(rank), tokens),
      up: builder.linear('q_b_proj', q, rank, query, false),
      headNorm: new Norm(builder, 'bare-power-rms', 'q_b_norm', shape(headDim), shape(batch, sequence, heads))
    }
    const one = shape(batch, sequence, dimension('1', 1), headDim)
    this.key = { layer: builder.linear('kv_proj', headDim, h, one, false), norm: new Norm(builder, 'rms', 'kv_norm', shape(headDim), tokens) }
    this.out = {
      down: builder.base('o_a_proj', shape(low, dimension('q/g', q.size / groups))),
      up: builder.linear('o_b_proj', h, low, run.hidden, false)
    }
    this.sinks = builder.base('self_attn', shape(heads), 'sinks')
    this.compressor = ratio > 0 ? new Compressor(builder, headDim, ratio) : null
    this.indexer = ratio === 4 ? builder.withoutGradients(() => new CompressorIndexer(builder, sizes, rank)) : null
  }

  forward (caller: Scope, x: Tensor): Tensor {
    const { run } = this.context
    const scope = new Scope(run.tape)
    const low = this.query.down.apply(scope, x)
    const resid = this.query.norm.apply(scope, low)
    scope.drop(low)
    const raw = this.query.up.apply(scope, resid)
    const normed = this.query.headNorm.apply(scope, raw)
    scope.drop(raw)
    const q = this.turned(scope, normed)
    scope.drop(normed)
    const keyRaw = this.key.layer.apply(scope, x)
    const keyNormed = this.key.norm.apply(scope, keyRaw)
    scope.drop(keyRaw)
    let key = this.turned(scope, keyNormed)
    scope.drop(keyNormed)
    if (this.compressor) {
      const compressed = this.compressor.apply(scope, x)
      this.indexer?.run(scope, x, resid)
      const [batch, sequence, one, headDim] = key.shape.dimensions
      const longer = dimension('s+s/m', sequence!.size + compressed.shape.dimensions[1]!.size)
      const joined = concatenate(scope, [key, compressed], shape(batch!, longer, one!, headDim!), 'keys and compressed keys')
      scope.drop(key, compressed)
      key = joined
    }
    run.tape.module = 'attention'
    const { result, weights } = sinkAttention(scope, q, key, key, this.sinks, this.geometry(key))
    scope.hand(weights, caller)
    const back = this.turned(scope, result)
    scope.drop(result)
    run.tape.module = 'o_a_proj'
    const down = linear(scope, back, this.out.down, shape(run.batch, run.sequence, this.out.down.shape.dimensions[0]!))
    return scope.return(this.out.up.apply(scope, down), caller)
  }

  private geometry (key: Tensor): KindContext['geometry'] {
    const { run } = this.context
    const { heads, headDim, query } = this.kind.geometry
    const keys = key.shape.dimensions[1]!
    const base = attentionGeometry(run, heads.size, 1, headDim.size, false)
    return { ...base, query, keys: shape(run.batch, keys, heads, headDim), scores: shape(run.batch, heads, run.sequence, keys) }
  }

  /** apply_rotary_pos_emb: the last part of each head in fp32, joined to the rest. */
  private turned (caller: Scope, x: Tensor): Tensor {
    const scope = new Scope(caller.tape)
    scope.tape.module = 'rotary'
    const { cos, sin } = this.kind.rotary!
    const part = (size: number): Shape => shape(...x.shape.dimensions.slice(0, -1), dimension('d', size))
    const width = Math.min(ROPE, x.shape.dimensions.at(-1)!.size)
    const passing = slice(scope, x, part(x.shape.dimensions.at(-1)!.size - width))
    const turning = slice(scope, x, part(width))
    const wide = cast(scope, turning, 4, 'in fp32')
    const direct = multiply(scope, wide, cos, 'times cos')
    const rotated = cast(scope, rotateHalf(scope, turning), 4, 'rotated, in fp32')
    const crossed = multiply(scope, rotated, sin, 'times sin')
    const sum = cast(scope, add(scope, direct, crossed, 'turned'), x.elementSize, 'turned')
    return scope.return(concatenate(scope, [passing, sum], x.shape, 'turned and passed'), caller)
  }
}

/** A softmax-weighted sum over windows of tokens. */
export function pooled (scope: Scope, values: Tensor, gates: Tensor, extent: Shape): Tensor {
  const { tape } = scope
  const wide = cast(scope, gates, 4, 'gates in fp32')
  const soft = softmax(scope, wide, 4)
  const weights = cast(scope, soft, values.elementSize, 'weights of the window')
  const product = multiply(scope, values, weights, 'weighted values')
  const node = needsGrad(tape, product) ? new GradNode(tape, [edgeOf(product)], [], () => [gradient(tape, product.shape, product.elementSize)]) : null
  return output(scope, extent, product.elementSize, 'compressed', node)
}
