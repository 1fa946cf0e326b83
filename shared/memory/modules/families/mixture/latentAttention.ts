import type { LatentAttention } from '../../../../architecture/attention.ts'
import { dimension, Scope, shape, type Shape, type Tensor } from '../../../tape/index.ts'
import { attend } from '../../attend.ts'
import type { AttentionGeometry } from '../../attention.ts'
import type { ModelBuilder } from '../../builder.ts'
import { cast, multiply, output } from '../../elementwise.ts'
import { applyComplexRotary, applyInterleavedRotary, evenAndOdd, expandHeads, fillParts, headsOf } from '../../latentAttention.ts'
import type { Projection } from '../../projection.ts'
import { applyRotary } from '../../rotary.ts'
import { concatenate, split } from '../../views.ts'
import type { DenseContext, KindContext } from '../dense/context.ts'
import { Norm } from '../dense/norms.ts'
import { halved } from './halved.ts'
import { Indexer, sparseMask } from './indexer.ts'
import type { MixtureSpec } from './spec.ts'

/** How the rotary part of q and k is turned: the halves, even and odd elements (rope_interleave), complex numbers (DeepSeek V2), or not at all (Kimi Linear). */
export type LatentRotary = 'halves' | 'interleaved' | 'complex' | 'none'

/**
 * Multi-head latent attention (transformers DeepseekV3Attention): keys and values of all heads are expanded from a latent
 * vector, and one rotary key serves every head.
 */
export class LatentSelfAttention {
  private readonly kind: KindContext
  private readonly context: DenseContext
  private readonly rotary: LatentRotary
  private readonly geometry: AttentionGeometry
  private readonly extents: LatentExtents
  private readonly query: readonly [Projection] | readonly [Projection, Norm, Projection]
  private readonly down: Projection
  private readonly latentNorm: Norm
  private readonly up: Projection
  private readonly out: Projection
  private readonly spec: LatentSpec
  private readonly indexer: Indexer | null
  private readonly sizes: LatentAttention['indexer']

  /** `chooses`: whether the layer has the indexer of its family, or takes over the tokens of the layer before. */
  constructor (builder: ModelBuilder, context: DenseContext, kind: KindContext, sizes: LatentAttention, spec: LatentSpec, chooses = true) {
    const { run, spec: { norm } } = context
    const rotary = spec.latent!
    const { hiddenSize: h, batch, sequence, tokens, architecture } = run
    const { qLoraRank, kvLoraRank, qkNopeHeadDim, qkRopeHeadDim, vHeadDim } = sizes
    const { heads, headDim, query } = kind.geometry
    const bias = architecture.attentionBias === 'all'
    const e = this.extents = latentExtents(kind.geometry, sizes)
    this.context = context
    this.kind = kind
    this.rotary = rotary
    this.geometry = { ...kind.geometry, headsFirst: rotary !== 'none', keysFirst: true, ...(vHeadDim === headDim.size ? {} : { value: e.value }) }
    const q = dimension('q', heads.size * headDim.size)
    if (qLoraRank === null) {
      this.query = [builder.linear('q_proj', q, h, query, false)]
    } else {
      const rank = dimension('r_q', qLoraRank)
      const narrow = builder.linear('q_a_proj', rank, h, shape(batch, sequence, rank), bias)
      this.query = [narrow, new Norm(builder, norm, 'q_a_layernorm', shape(rank), tokens), builder.linear('q_b_proj', q, rank, query, false)]
    }
    const latent = dimension('r_kv', kvLoraRank)
    const both = dimension('r_kv+d_r', kvLoraRank + qkRopeHeadDim)
    this.down = builder.linear('kv_a_proj_with_mqa', both, h, shape(batch, sequence, both), bias)
    this.latentNorm = new Norm(builder, norm, 'kv_a_layernorm', shape(latent), tokens)
    this.up = builder.linear('kv_b_proj', dimension('k+v', heads.size * (qkNopeHeadDim + vHeadDim)), latent, e.expanded, false)
    this.out = builder.linear('o_proj', h, dimension('v', heads.size * vHeadDim), run.hidden, bias)
    this.spec = spec
    this.sizes = sizes.indexer
    this.indexer = spec.indexer && chooses ? builder.withoutGradients(() => new Indexer(builder, context, kind, sizes, spec.indexer!)) : null
  }

  forward (caller: Scope, x: Tensor): Tensor {
    const { run } = this.context
    const { geometry, extents: e } = this
    const scope = new Scope(run.tape)
    const { query: q, resid } = this.projectQuery(scope, x)
    const [qPass, qTurning] = this.rotary === 'none' ? [] : split(scope, headsOf(scope, q), [e.queryPass, e.queryTurned])
    const compressed = this.down.apply(scope, x)
    const [latent, kTurning] = split(scope, compressed, [e.latent, e.keyTurned])
    const normed = this.latentNorm.apply(scope, latent!)
    scope.drop(latent!)
    const [qTurned, kTurned] = this.rotary === 'none' ? [q, kTurning!] : this.rotate(scope, qTurning!, kTurning!)
    if (qTurning) scope.drop(qTurning, kTurning!)
    run.tape.module = 'attention'
    let query = qPass ? concatenate(scope, [qPass, qTurned], geometry.query, 'query') : qTurned
    if (this.spec.scalesLatentQuery) {
      const scaled = this.scaled(scope, query)
      scope.drop(query)
      query = scaled
    }
    const [key, value] = this.expand(scope, normed, kTurned)
    if (this.spec.indexer) {
      const indices = this.indexer?.choose(scope, x, resid!) ?? null
      if (this.spec.passesIndices) this.context.chosen.pass(caller, scope, indices)
      sparseMask(scope, geometry, run, this.sizes!)
    }
    return scope.return(this.out.apply(scope, attend(scope, query, key, value, geometry, run)), caller)
  }

  /** `resid`: the latent that queries are expanded from, which has a name where an indexer needs it. */
  private projectQuery (scope: Scope, x: Tensor): { query: Tensor, resid: Tensor | null } {
    const [first, norm, second] = this.query
    const narrow = first.apply(scope, x)
    if (!norm || !second) return { query: narrow, resid: null }
    const resid = norm.apply(scope, narrow)
    scope.drop(narrow)
    const query = second.apply(scope, resid)
    if (!this.spec.indexer) scope.drop(resid)
    return { query, resid }
  }

  /** get_llama_4_attn_scale: one number per position, made from position_ids in every layer. */
  private scaled (scope: Scope, query: Tensor): Tensor {
    const rows = shape(dimension('s', this.geometry.sequence.size))
    const wide = output(scope, rows, 4, 'scale of each position')
    const factor = cast(scope, wide, query.elementSize, 'scale of each position')
    const result = multiply(scope, query, factor, 'scaled query')
    scope.drop(...new Set([wide, factor]))
    return result
  }

  private rotate (caller: Scope, query: Tensor, key: Tensor): [Tensor, Tensor] {
    const scope = new Scope(caller.tape)
    const { cos, sin } = this.kind.rotary!
    scope.tape.module = 'rotary'
    const turned = this.rotary === 'halves'
      ? [query, key].map((t) => applyRotary(scope, t, cos, sin))
      : this.rotary === 'complex' ? this.complex(scope, query, key) : this.interleaved(scope, query, key, halved(scope, cos), halved(scope, sin))
    const [q, k] = turned.map((t) => scope.hand(t, caller))
    scope.close()
    return [q!, k!]
  }

  private interleaved (scope: Scope, query: Tensor, key: Tensor, cos: Tensor, sin: Tensor): Tensor[] {
    const pairs = [query, key].map((t) => evenAndOdd(scope, t))
    return [query, key].map((t, i) => applyInterleavedRotary(scope, pairs[i]!, cos, sin, t.shape))
  }

  private complex (scope: Scope, query: Tensor, key: Tensor): Tensor[] {
    const { cos, sin } = this.kind.rotary!
    const wide = [query, key].map((t) => cast(scope, t, 4, 'as complex numbers'))
    return wide.map((t, i) => applyComplexRotary(scope, t, cos, sin, [query, key][i]!.elementSize))
  }

  /** expand_kv */
  private expand (caller: Scope, latent: Tensor, kTurned: Tensor): [Tensor, Tensor] {
    const { extents: e, geometry } = this
    const scope = new Scope(caller.tape)
    const expanded = headsOf(scope, this.up.apply(scope, latent))
    const [kPass, value] = split(scope, expanded, [e.keyPass, e.value])
    scope.tape.module = 'attention'
    const key = fillParts(scope, [kPass!, expandHeads(scope, kTurned, e.queryTurned)], geometry.query, 'key')
    const handed: [Tensor, Tensor] = [scope.hand(key, caller), scope.hand(value!, caller)]
    scope.close()
    return handed
  }
}

/** What a family's latent attention has beyond DeepSeek V3's. */
export type LatentSpec = Pick<MixtureSpec, 'latent' | 'scalesLatentQuery' | 'indexer' | 'passesIndices'>

interface LatentExtents {
  readonly queryPass: Shape
  readonly queryTurned: Shape
  readonly latent: Shape
  readonly keyTurned: Shape
  readonly expanded: Shape
  readonly keyPass: Shape
  readonly value: Shape
}

function latentExtents ({ batch, sequence, heads }: AttentionGeometry, sizes: LatentAttention): LatentExtents {
  const per = (symbol: string, size: number): Shape => shape(batch, sequence, heads, dimension(symbol, size))
  const { qkNopeHeadDim: nope, qkRopeHeadDim: rope, vHeadDim } = sizes
  return {
    queryPass: per('d_n', nope),
    queryTurned: per('d_r', rope),
    latent: shape(batch, sequence, dimension('r_kv', sizes.kvLoraRank)),
    keyTurned: shape(batch, sequence, dimension('1', 1), dimension('d_r', rope)),
    expanded: per('d_n+d_v', nope + vHeadDim),
    keyPass: per('d_n', nope),
    value: per('d_v', vHeadDim)
  }
}
