import type { CompressedAttention } from '../../../../architecture/attention.ts'
import { dimension, Scope, shape, type Tensor } from '../../../tape/index.ts'
import { attentionGeometry, headRows } from '../../attend.ts'
import type { ModelBuilder } from '../../builder.ts'
import { output, passThrough } from '../../elementwise.ts'
import type { Parameter } from '../../linear.ts'
import type { Projection } from '../../projection.ts'
import { sinkAttention } from '../../sinkAttention.ts'
import { concatenate } from '../../views.ts'
import type { DenseContext, KindContext } from '../dense/context.ts'
import { Norm } from '../dense/norms.ts'
import { groupedLinear } from './groupedLinear.ts'
import { turn } from './rotary.ts'
import { unweightedNorm } from './unweightedNorm.ts'
import { Compressor, OVERLAPPING } from './compressor.ts'
import { CompressorIndexer } from './indexer.ts'

/** transformers DeepseekV4Attention: one key head that is the value too, compressed keys beside it, sinks, a grouped low-rank output. */
export class CompressedSelfAttention {
  private readonly context: DenseContext
  private readonly kind: KindContext
  private readonly groups: number
  private readonly query: { readonly down: Projection, readonly norm: Norm, readonly up: Projection }
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
    this.groups = groups
    this.kind = kind
    this.query = {
      down: builder.linear('q_a_proj', rank, h, shape(batch, sequence, rank), false),
      norm: new Norm(builder, 'rms', 'q_a_norm', shape(rank), tokens),
      up: builder.linear('q_b_proj', q, rank, query, false)
    }
    const one = shape(batch, sequence, dimension('1', 1), headDim)
    this.key = { layer: builder.linear('kv_proj', headDim, h, one, false), norm: new Norm(builder, 'rms', 'kv_norm', shape(headDim), tokens) }
    this.out = {
      down: builder.base('o_a_proj', shape(low, dimension('q/g', q.size / groups))),
      up: builder.linear('o_b_proj', h, low, run.hidden, false)
    }
    this.sinks = builder.base('self_attn', shape(heads), 'sinks')
    this.compressor = ratio > 0 ? new Compressor(builder, headDim, ratio) : null
    this.indexer = ratio === OVERLAPPING ? builder.withoutGradients(() => new CompressorIndexer(builder, sizes, rank)) : null
  }

  forward (caller: Scope, x: Tensor): Tensor {
    const { run } = this.context
    const scope = new Scope(run.tape)
    const low = this.query.down.apply(scope, x)
    const resid = this.query.norm.apply(scope, low)
    scope.drop(low)
    const raw = this.query.up.apply(scope, resid)
    run.tape.module = 'q_b_norm'
    const normed = unweightedNorm(scope, raw, headRows(run, 'nh', this.kind.geometry.heads.size))
    scope.drop(raw)
    const q = turn(scope, normed, this.kind.rotary!)
    scope.drop(normed)
    const keyRaw = this.key.layer.apply(scope, x)
    const keyNormed = this.key.norm.apply(scope, keyRaw)
    scope.drop(keyRaw)
    let key = turn(scope, keyNormed, this.kind.rotary!)
    scope.drop(keyNormed)
    const compressed = this.compressor && this.compressedKeys(scope, this.compressor, x, resid)
    if (compressed) {
      const [batch, sequence, one, headDim] = key.shape.dimensions
      const longer = dimension('s+s/m', sequence!.size + compressed.shape.dimensions[1]!.size)
      const joined = concatenate(scope, [key, compressed], shape(batch!, longer, one!, headDim!), 'keys and compressed keys')
      scope.drop(key)
      key = joined
      if (compressed.elements > 0) output(scope, shape(run.batch, dimension('1', 1), run.sequence, longer), x.elementSize, 'causal mask')
    }
    run.tape.module = 'attention'
    const { result, weights } = sinkAttention(scope, q, key, key, this.sinks, this.geometry(key))
    scope.hand(weights, caller)
    const back = turn(scope, result, this.kind.rotary!, true)
    scope.drop(result)
    run.tape.module = 'o_a_proj'
    // reshape to groups of heads, which lie heads first: a copy.
    const grouped = passThrough(scope, back, 'groups of heads')
    scope.drop(back)
    const down = groupedLinear(scope, grouped, this.out.down, this.groups, run)
    scope.drop(grouped)
    return scope.return(this.out.up.apply(scope, down), caller)
  }

  /** Compressed keys, with the mask of them in the attention's frame. */
  private compressedKeys (caller: Scope, compressor: Compressor, x: Tensor, resid: Tensor): Tensor {
    const { batch, sequence, tape } = this.context.run
    const { windows } = compressor
    const scope = new Scope(tape)
    const half = this.kind.rotary!.cos.shape.dimensions.at(-1)!
    const keys = compressor.apply(scope, x, half)
    const mask = (role: string, more = 0): Tensor => output(scope, shape(batch, sequence, dimension('s/m', windows.size + more)), x.elementSize, role)
    if (this.indexer) {
      const chosen = this.indexer.choose(scope, x, resid, half)
      tape.module = 'attention_mask'
      output(scope, chosen.shape, 1, 'valid keys')
      const filler = output(scope, chosen.shape, 8, 'no key')
      output(scope, chosen.shape, 8, 'keys that are there')
      scope.drop(filler)
      scope.hand(mask('mask of compressed keys', 1), caller)
    } else if (windows.size > 0) {
      tape.module = 'attention_mask'
      output(scope, shape(windows), 8, 'places of the keys')
      output(scope, shape(sequence), 8, 'first hidden key')
      const zeros = mask('zeros')
      const later = output(scope, shape(sequence, windows), 1, 'mask of later keys')
      const bias = mask('mask of compressed keys')
      scope.drop(later, zeros)
      scope.hand(bias, caller)
    }
    return scope.return(keys, caller)
  }

  private geometry (key: Tensor): KindContext['geometry'] {
    const { run } = this.context
    const { heads, headDim, query } = this.kind.geometry
    const keys = key.shape.dimensions[1]!
    const base = attentionGeometry(run, heads.size, 1, headDim.size, false)
    return { ...base, query, keys: shape(run.batch, keys, heads, headDim), scores: shape(run.batch, heads, run.sequence, keys) }
  }
}
