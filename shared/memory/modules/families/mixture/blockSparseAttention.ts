import { dimension, Scope, shape, Tensor, type Shape } from '../../../tape/index.ts'
import { attend } from '../../attend.ts'
import type { ModelBuilder } from '../../builder.ts'
import { cast, matmul, output, passThrough } from '../../elementwise.ts'
import { discarded } from '../../discarded.ts'
import { narrow } from '../../attention.ts'
import { INDEX_SIZE } from '../../indexing.ts'
import type { Projection } from '../../projection.ts'
import type { DenseContext, KindContext } from '../dense/context.ts'
import { Norm } from '../dense/norms.ts'
import { HeadProjections } from '../dense/projections.ts'
import { rotate } from '../dense/rotate.ts'

/** An indexer that keeps blocks of keys for every group of heads. */
export interface BlockIndexer {
  readonly heads: number
  readonly headDim: number
  readonly blockSize: number
  readonly chosen: number
}

/**
 * transformers MiniMaxM3VLAttention of a sparse layer: scores of a narrow branch pick blocks of keys per group of heads, which
 * become an additive mask of its own for every head, [b, nh, s, s], kept for the backward pass.
 */
export class BlockSparseAttention {
  private readonly context: DenseContext
  private readonly kind: KindContext
  private readonly heads: HeadProjections
  private readonly out: Projection
  private readonly sizes: BlockIndexer
  private readonly indexer: { readonly query: Projection, readonly key: Projection, readonly queryNorm: Norm, readonly keyNorm: Norm }
  private readonly mask: Shape
  private readonly aligned: Shape

  constructor (builder: ModelBuilder, context: DenseContext, kind: KindContext, sizes: BlockIndexer) {
    const { run, spec: { attention, norm } } = context
    const { batch, sequence, heads, headDim } = kind.geometry
    const [h, d, one] = [dimension('nh_i', sizes.heads), dimension('d_i', sizes.headDim), dimension('1', 1)]
    this.context = context
    this.kind = kind
    this.sizes = sizes
    this.mask = shape(batch, heads, sequence, run.keys)
    this.aligned = shape(batch, heads, sequence, dimension('⌈s⌉₈', Math.ceil(run.keys.size / 8) * 8))
    this.heads = new HeadProjections(builder, kind, context.spec)
    this.out = builder.linear(attention.out, run.hiddenSize, dimension('q', heads.size * headDim.size), run.hidden, attention.outBias)
    this.heads.makeNorms(builder)
    this.indexer = builder.withoutGradients(() => ({
      query: builder.linear('q_proj', dimension('q_i', sizes.heads * sizes.headDim), run.hiddenSize, shape(batch, sequence, h, d), false),
      key: builder.linear('k_proj', d, run.hiddenSize, shape(batch, sequence, one, d), false),
      queryNorm: new Norm(builder, norm, 'q_norm', shape(d), shape(batch, sequence, h)),
      keyNorm: new Norm(builder, norm, 'k_norm', shape(d), shape(batch, sequence))
    }))
  }

  forward (caller: Scope, x: Tensor): Tensor {
    const { run, runtime } = this.context
    const { geometry, rotary, style } = this.kind
    const scope = new Scope(run.tape)
    const { query, key, value } = this.heads.apply(scope, x)
    run.tape.module = 'rotary'
    const [q, k] = rotate(scope, query, key, rotary!, style!, runtime.fusedKernels.includes('rope'))
    scope.drop(query, key)
    const blocks = this.choose(scope, x)
    const additive = this.blockMask(scope, blocks, x.elementSize)
    const mixed = attend(scope, q, k, value, { ...geometry, mask: this.mask, bias: this.aligned, additive }, run)
    return scope.return(this.out.apply(scope, mixed), caller)
  }

  /** MiniMaxM3VLIndexer.forward: fp32 scores of all tokens, their maximum per block, the best blocks. Its graph ends here. */
  private choose (caller: Scope, x: Tensor): Tensor {
    const { run } = this.context
    const { tape, batch, sequence, keys } = run
    const { heads, blockSize, chosen } = this.sizes
    return discarded(tape, () => {
      const scope = new Scope(tape)
      const branch = (layer: Projection, norm: Norm): Tensor => {
        const raw = layer.apply(scope, x)
        const normed = norm.apply(scope, raw)
        scope.drop(raw)
        return normed
      }
      const [first, second] = [branch(this.indexer.query, this.indexer.queryNorm), branch(this.indexer.key, this.indexer.keyNorm)]
      const [q, k] = rotate(scope, first, second, this.kind.rotary!, this.kind.style!, false)
      scope.drop(first, second)
      tape.module = 'indexer'
      const h = dimension('nh_i', heads)
      const [wideQuery, wideKey] = [cast(scope, q, 4, 'in fp32'), cast(scope, k, 4, 'in fp32')]
      // One key head serves all: a view, which bmm cannot take of several sequences.
      const spread = batch.size > 1 && heads > 1 ? passThrough(scope, alias(scope, wideKey, wideQuery.shape), 'contiguous copy') : wideKey
      const raw = matmul(scope, narrow(scope, wideQuery), narrow(scope, spread), shape(batch, h, sequence, keys), 'scores of the indexer')
      scope.drop(...new Set([wideQuery, wideKey, spread].filter((t) => t !== q && t !== k)))
      output(scope, shape(keys), INDEX_SIZE, 'places of the keys')
      output(scope, shape(batch, sequence, keys), 1, 'later tokens')
      let scores = passThrough(scope, raw, 'masked scores')
      scope.drop(raw)
      const blocks = dimension('blocks', Math.ceil(keys.size / blockSize))
      if (blocks.size * blockSize > keys.size) {
        const padded = output(scope, shape(batch, h, sequence, dimension('⌈s⌉', blocks.size * blockSize)), scores.elementSize, 'padded scores')
        scope.drop(scores)
        scores = padded
      }
      output(scope, shape(batch, h, sequence, blocks), scores.elementSize, 'scores of blocks')
      const extent = shape(batch, h, sequence, dimension('k_i', Math.min(chosen, blocks.size)))
      output(scope, extent, scores.elementSize, 'best scores')
      output(scope, extent, INDEX_SIZE, 'indices of the best scores')
      const empty = output(scope, extent, 1, 'empty places')
      const result = output(scope, extent, INDEX_SIZE, 'chosen blocks')
      scope.drop(empty)
      return scope.return(result, caller)
    })
  }

  /** build_block_mask: the choice spread over keys and heads, joined with causality, and made additive in the queries' type. */
  private blockMask (caller: Scope, chosen: Tensor, elementSize: number): Tensor {
    const { run: { tape, batch, sequence, keys, plan } } = this.context
    const { heads, blockSize } = this.sizes
    const scope = new Scope(tape)
    tape.module = 'indexer'
    const h = dimension('nh_i', heads)
    const blocks = Math.ceil(keys.size / blockSize)
    const empty = output(scope, chosen.shape, 1, 'empty places')
    output(scope, chosen.shape, INDEX_SIZE, 'chosen blocks')
    scope.drop(empty)
    output(scope, shape(batch, h, sequence, dimension('blocks+1', blocks + 1)), elementSize, 'mask of blocks')
    const perBlock = output(scope, shape(batch, h, sequence, dimension('blocks', blocks)), 1, 'kept blocks')
    const perKey = output(scope, shape(batch, h, sequence, dimension('⌈s⌉', blocks * blockSize)), 1, 'kept keys')
    scope.drop(perBlock)
    output(scope, this.mask, 1, 'kept keys of every head')
    scope.drop(perKey)
    const eager = plan.runtime.attention === 'eager'
    if (!eager && !plan.data.padding) output(scope, shape(keys), INDEX_SIZE, 'places of the keys')
    const later = eager || plan.data.padding ? [] : [output(scope, shape(batch, sequence, keys), 1, 'later tokens'), output(scope, shape(batch, sequence, keys), 1, 'earlier tokens')]
    if (eager) output(scope, shape(batch, sequence, keys), 1, 'padding')
    output(scope, this.mask, 1, 'kept and causal keys')
    scope.drop(...later.slice(1))
    const zeros = output(scope, this.mask, elementSize, 'zeros')
    const dropped = output(scope, this.mask, 1, 'dropped keys')
    const result = output(scope, this.mask, elementSize, 'additive mask')
    scope.drop(zeros, dropped)
    return scope.return(result, caller)
  }
}

/** The same storage with another extent: an expanded view. */
function alias (scope: Scope, x: Tensor, extent: Shape): Tensor {
  return scope.own(new Tensor(scope.tape.retain(x.storage), extent, x.elementSize, x.requiresGrad, x.node, x.leaf))
}
