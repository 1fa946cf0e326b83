import type { LatentAttention } from '../../../../architecture/attention.ts'
import type { Dimension } from '../../../result.ts'
import { dimension, Scope, shape, type Tensor } from '../../../tape/index.ts'
import type { AttentionGeometry } from '../../attention.ts'
import type { ModelBuilder } from '../../builder.ts'
import { cast, output, passThrough, scale } from '../../elementwise.ts'
import { INDEX_SIZE } from '../../indexing.ts'
import { applyInterleavedRotary, evenAndOdd } from '../../latentAttention.ts'
import type { Projection } from '../../projection.ts'
import { applyRotary } from '../../rotary.ts'
import type { Run } from '../../run.ts'
import { concatenate, split } from '../../views.ts'
import type { DenseContext, KindContext } from '../dense/context.ts'
import { Norm } from '../dense/norms.ts'
import { halved } from './halved.ts'

type IndexerSizes = NonNullable<LatentAttention['indexer']>

/** Tokens that an indexer picks unless the config says otherwise. */
const USUAL_CHOICE = 2048

const chosenTokens = ({ chosen }: IndexerSizes, keys: number): Dimension => dimension('k_i', Math.min(chosen ?? USUAL_CHOICE, keys))

/**
 * DeepSeek sparse attention's indexer (transformers DeepseekV32Indexer.forward, GlmMoeDsaIndexer.forward): scores of every query
 * against every key over narrow heads, without a graph; the tokens with the best scores are kept.
 */
export class Indexer {
  private readonly run: Run
  private readonly kind: KindContext
  private readonly sizes: IndexerSizes
  private readonly turned: number
  private readonly rotary: 'halves' | 'interleaved'
  private readonly query: Projection
  private readonly key: Projection
  private readonly norm: Norm
  private readonly weights: Projection

  constructor (builder: ModelBuilder, { run }: DenseContext, kind: KindContext, { indexer, qLoraRank, qkRopeHeadDim }: LatentAttention, rotary: 'halves' | 'interleaved') {
    const { batch, sequence, hiddenSize, tokens } = run
    const { heads, headDim } = this.sizes = indexer!
    const [h, d] = [dimension('nh_i', heads), dimension('d_i', headDim)]
    this.run = run
    this.kind = kind
    this.turned = qkRopeHeadDim
    this.rotary = rotary
    this.query = builder.linear('wq_b', dimension('q_i', heads * headDim), dimension('r_q', qLoraRank!), shape(batch, sequence, h, d), false)
    this.key = builder.linear('wk', d, hiddenSize, shape(batch, sequence, d), false)
    this.norm = new Norm(builder, 'layer-norm', 'k_norm', shape(d), tokens)
    this.weights = builder.linear('weights_proj', h, hiddenSize, shape(batch, sequence, h), false)
  }

  /** The indices of the chosen tokens, int32, in the caller's frame. */
  choose (caller: Scope, x: Tensor, resid: Tensor): Tensor {
    const { tape } = caller
    const { gradEnabled } = tape
    tape.gradEnabled = false
    const scope = new Scope(tape)
    const q = this.headsOf(scope, this.query.apply(scope, resid))
    const raw = this.key.apply(scope, x)
    const normed = this.norm.apply(scope, raw)
    scope.drop(raw)
    const k = this.headsOf(scope, normed)
    const scores = this.scores(scope, q, k)
    const product = this.weights.apply(scope, x)
    const wide = cast(scope, product, 4, 'weights in fp32')
    const weights = scale(scope, wide, 'weights of the heads')
    scope.drop(...new Set([product, wide]))
    const summed = this.weigh(scope, weights, scores)
    const indices = this.best(scope, summed)
    tape.gradEnabled = gradEnabled
    return scope.return(indices, caller)
  }

  /** Part of every head turned and joined to the rest. The parts keep their names. */
  private headsOf (scope: Scope, x: Tensor): Tensor {
    const last = x.shape.dimensions.at(-1)!
    const part = (symbol: string, size: number) => shape(...x.shape.dimensions.slice(0, -1), dimension(symbol, size))
    const [turning, passing] = split(scope, x, [part('d_r', this.turned), part('d_p', last.size - this.turned)])
    scope.tape.module = 'rotary'
    const { cos, sin } = this.kind.rotary!
    const inner = new Scope(scope.tape)
    const turned = this.rotary === 'halves'
      ? applyRotary(inner, turning!, cos, sin)
      : applyInterleavedRotary(inner, evenAndOdd(inner, turning!), halved(inner, cos), halved(inner, sin), turning!.shape)
    const handed = inner.return(turned, scope)
    scope.drop(x)
    return concatenate(scope, [handed, passing!], x.shape, 'heads of the indexer')
  }

  /** relu(q · kᵀ · scale) in fp32, or in the autocast type. Keys are copied for every query where there is more than one sequence. */
  private scores (scope: Scope, q: Tensor, k: Tensor): Tensor {
    const { tape, batch, sequence, keys } = this.run
    tape.module = 'indexer'
    const [heads, width] = [dimension('nh_i', this.sizes.heads), dimension('d_i', this.sizes.headDim)]
    const extent = shape(batch, sequence, heads, keys)
    const wide = [q, k].map((t) => cast(scope, t, 4, 'in fp32'))
    const narrow = wide.map((t) => tape.autocast ? cast(scope, t, tape.autocast, 'in the autocast type') : t)
    const size = narrow[0]!.elementSize
    const copied = batch.size > 1 ? [output(scope, shape(batch, sequence, width, keys), size, 'keys for every query')] : []
    const products = output(scope, extent, size, 'scores of the indexer')
    scope.drop(...copied, ...new Set([...narrow, ...wide].filter((t) => t !== q && t !== k)))
    const scaled = scale(scope, products, 'scaled scores')
    scope.drop(products)
    const positive = passThrough(scope, scaled, 'positive scores')
    scope.drop(scaled)
    return positive
  }

  /** The heads' scores summed by their weights, and those of later tokens masked. */
  private weigh (scope: Scope, weights: Tensor, scores: Tensor): Tensor {
    const { tape, batch, sequence, keys, plan } = this.run
    const rows = shape(batch, sequence, keys)
    const narrow = tape.autocast ? cast(scope, weights, tape.autocast, 'weights in the autocast type') : weights
    const summed = output(scope, rows, scores.elementSize, 'scores of tokens')
    if (narrow !== weights) scope.drop(narrow)
    const eager = plan.runtime.attention === 'eager'
    const inverted = eager ? null : output(scope, rows, 1, 'inverted mask')
    const masked = output(scope, rows, summed.elementSize, 'masked scores')
    scope.drop(summed, ...(inverted ? [inverted] : []))
    return masked
  }

  private best (scope: Scope, scores: Tensor): Tensor {
    const { batch, sequence, keys } = this.run
    const chosen = shape(batch, sequence, chosenTokens(this.sizes, keys.size))
    const values = output(scope, chosen, scores.elementSize, 'best scores')
    const long = output(scope, chosen, INDEX_SIZE, 'indices of the best scores')
    scope.drop(values)
    const indices = output(scope, chosen, 4, 'chosen tokens')
    scope.drop(long)
    return indices
  }
}

/** The mask of tokens that were not chosen, folded into the causal one; both live until attention is done. */
export function sparseMask (scope: Scope, geometry: AttentionGeometry, { plan, tape, keys }: Run, sizes: IndexerSizes): void {
  const mask = geometry.mask!
  const { batch, sequence } = geometry
  tape.module = 'indexer'
  const ones = output(scope, mask, 1, 'ones')
  const chosen = output(scope, shape(batch, sequence, chosenTokens(sizes, keys.size)), INDEX_SIZE, 'chosen tokens as int64')
  output(scope, mask, 1, 'mask of tokens not chosen')
  scope.drop(ones, chosen)
  if (plan.runtime.attention === 'eager') {
    output(scope, mask, 2, 'mask of causal, chosen tokens')
    return
  }
  const inverted = output(scope, mask, 1, 'mask of chosen tokens')
  output(scope, mask, 1, 'mask of causal, chosen tokens')
  scope.drop(inverted)
}
