import { dimension, shape, type Scope, type Shape, type Tensor } from '../../../tape/index.ts'
import type { ModelBuilder } from '../../builder.ts'
import { passThrough, repeatHeads, scale } from '../../elementwise.ts'
import { clamp } from '../../functional.ts'
import type { Projection } from '../../projection.ts'
import { pick, slice, split } from '../../views.ts'
import { asUsed, type KindContext } from './context.ts'
import { Norm } from './norms.ts'
import type { AttentionSpec, DenseSpec } from './spec.ts'

export interface Heads {
  readonly query: Tensor
  readonly key: Tensor
  readonly value: Tensor
}

/** The layers that make q, k and v, with the norms on q and k. */
export class HeadProjections {
  private readonly spec: AttentionSpec
  private readonly layers: readonly Projection[]
  private readonly extents: readonly [Shape, Shape, Shape]
  private queryNorm: Norm | null = null
  private keyNorm: Norm | null = null

  constructor (builder: ModelBuilder, { geometry }: KindContext, model: DenseSpec) {
    const { attention: spec } = model
    const { hiddenSize: h } = builder.run
    const { batch, sequence, heads, kvHeads, headDim } = geometry
    const key = shape(batch, sequence, kvHeads, headDim)
    const valueDim = geometry.value?.dimensions[3] ?? headDim
    const widths = [dimension('q', heads.size * headDim.size), dimension('k', kvHeads.size * headDim.size), dimension('v', kvHeads.size * valueDim.size)] as const
    this.spec = spec
    this.extents = [geometry.query, key, valueDim === headDim ? key : shape(batch, sequence, kvHeads, valueDim)]
    this.layers = spec.layout === 'separate'
      ? spec.projections.map((name, i) => builder.linear(name, widths[i]!, h, this.extents[i]!, spec.qkvBias))
      : spec.layout === 'query-and-pair' ? this.queryAndPair(builder, geometry) : [asUsed(this.fusedLayer(builder, widths[0].size + 2 * widths[1].size, geometry), model)]
  }

  /** The norms of q and k, whose weights come after that of the output projection. */
  makeNorms (builder: ModelBuilder): void {
    const [queryName, keyName] = this.spec.qkNorm?.names ?? (this.spec.qkNorm?.kind === 'layer-norm' ? ['q_layernorm', 'k_layernorm'] : ['q_norm', 'k_norm'])
    this.queryNorm = this.norm(builder, queryName!, this.extents[0])
    this.keyNorm = this.norm(builder, keyName!, this.extents[1])
  }

  /** `beforeNorms`: what the model does between the layers and the norms. */
  apply (scope: Scope, x: Tensor, beforeNorms: () => void = () => {}): Heads {
    const { layout } = this.spec
    if (layout === 'grouped') return this.ungrouped(scope, this.layers[0]!.apply(scope, x))
    if (layout === 'query-and-pair') {
      const query = this.layers[0]!.apply(scope, x)
      const pair = this.layers[1]!.apply(scope, x)
      const [key, value] = split(scope, pair, [this.extents[1], this.extents[2]])
      return { query, key: key!, value: value! }
    }
    if (layout !== 'separate') {
      const raw = this.layers[0]!.apply(scope, x)
      const fused = this.spec.clamps ? clamp(scope, raw, 2) : raw
      if (fused !== raw) scope.drop(raw)
      const parts = layout === 'sliced' ? this.extents.map((extent) => slice(scope, fused, extent)) : split(scope, fused, this.extents)
      return { query: this.normed(scope, this.queryNorm, parts[0]!), key: this.normed(scope, this.keyNorm, parts[1]!), value: parts[2]! }
    }
    // Olmo2Attention norms q before it makes k; elsewhere the norms follow the three layers. Only the order differs.
    const normsAtOnce = this.spec.qkNorm?.atOnce ?? this.spec.qkNorm?.over === 'all'
    const [q, k, v] = this.layers as [Projection, Projection, Projection]
    let query = q.apply(scope, x)
    if (this.spec.scalesQuery) {
      const scaled = scale(scope, query, 'scaled query')
      scope.drop(query)
      query = scaled
    }
    if (normsAtOnce) query = this.normed(scope, this.queryNorm, query)
    let key = k.apply(scope, x)
    if (this.spec.scalesKey) {
      const scaled = scale(scope, key, 'scaled key')
      scope.drop(key)
      key = scaled
    }
    if (normsAtOnce) key = this.normed(scope, this.keyNorm, key)
    const value = v.apply(scope, x)
    beforeNorms()
    if (!normsAtOnce && !this.spec.qkNorm?.afterRotary) {
      query = this.normed(scope, this.queryNorm, query)
      if (this.spec.scalesNormedQuery) {
        const scaled = scale(scope, query, 'scaled query')
        scope.drop(query)
        query = scaled
      }
      key = this.normed(scope, this.keyNorm, key)
    }
    return { query, key, value }
  }

  /** The norms of a model that turns q and k first. */
  normTurned (scope: Scope, query: Tensor, key: Tensor): [Tensor, Tensor] {
    if (!this.spec.qkNorm?.afterRotary) return [query, key]
    return [this.normed(scope, this.queryNorm, query), this.normed(scope, this.keyNorm, key)]
  }

  /** FalconAttention._split_heads: queries are copied out of their groups, keys and values picked by index and copied to every head. */
  private ungrouped (scope: Scope, fused: Tensor): Heads {
    const [queries, keys] = this.extents
    const view = slice(scope, fused, queries)
    const picked = [pick(scope, fused, keys), pick(scope, fused, keys)]
    if (this.spec.mathKernel) return { query: view, key: picked[0]!, value: picked[1]! }
    const query = passThrough(scope, view, 'query heads')
    const [key, value] = picked.map((t) => repeatHeads(scope, t, queries, true))
    scope.drop(view, ...picked)
    return { query, key: key!, value: value! }
  }

  private normed (scope: Scope, norm: Norm | null, x: Tensor): Tensor {
    if (!norm) return x
    const result = norm.apply(scope, x)
    scope.drop(x)
    return result
  }

  private queryAndPair (builder: ModelBuilder, { batch, sequence, heads, kvHeads, headDim }: KindContext['geometry']): readonly Projection[] {
    const { hiddenSize: h } = builder.run
    const pair = dimension('2k', 2 * kvHeads.size * headDim.size)
    const [query, keyValue] = this.spec.projections
    return [
      builder.linear(query!, dimension('q', heads.size * headDim.size), h, this.extents[0], this.spec.qkvBias),
      builder.linear(keyValue!, pair, h, shape(batch, sequence, pair), this.spec.qkvBias)
    ]
  }

  private fusedLayer (builder: ModelBuilder, width: number, { batch, sequence }: KindContext['geometry']): Projection {
    const out = dimension('q+2k', width)
    return builder.linear(this.spec.projections[0]!, out, builder.run.hiddenSize, shape(batch, sequence, out), this.spec.qkvBias)
  }

  private norm (builder: ModelBuilder, name: string, extent: Shape): Norm | null {
    const { qkNorm } = this.spec
    if (!qkNorm) return null
    const [batch, sequence, heads, headDim] = extent.dimensions
    const weight = qkNorm.over === 'head' ? shape(headDim!) : shape(heads!, headDim!)
    const rows = qkNorm.over === 'all' ? shape(batch!, sequence!) : shape(batch!, sequence!, heads!)
    return new Norm(builder, qkNorm.kind, name, weight, rows)
  }
}
