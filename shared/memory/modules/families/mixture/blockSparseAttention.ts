import { dimension, Scope, shape, type Shape, type Tensor } from '../../../tape/index.ts'
import { attend } from '../../attend.ts'
import type { ModelBuilder } from '../../builder.ts'
import { cast, output } from '../../elementwise.ts'
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

  constructor (builder: ModelBuilder, context: DenseContext, kind: KindContext, sizes: BlockIndexer) {
    const { run, spec: { attention, norm } } = context
    const { batch, sequence, heads, headDim } = kind.geometry
    const [h, d, one] = [dimension('nh_i', sizes.heads), dimension('d_i', sizes.headDim), dimension('1', 1)]
    this.context = context
    this.kind = kind
    this.sizes = sizes
    this.mask = shape(batch, heads, sequence, run.keys)
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
    this.choose(scope, x)
    this.blockMask()
    const mixed = attend(scope, q, k, value, { ...geometry, mask: this.mask, bias: this.mask }, run)
    return scope.return(this.out.apply(scope, mixed), caller)
  }

  /** MiniMaxM3VLIndexer.forward, without a graph: fp32 scores of all tokens, their maximum per block, the best blocks. */
  private choose (caller: Scope, x: Tensor): void {
    const { run } = this.context
    const { tape, batch, sequence, keys } = run
    const { gradEnabled } = tape
    const { heads, blockSize, chosen } = this.sizes
    tape.gradEnabled = false
    const scope = new Scope(tape)
    const branch = (layer: Projection, norm: Norm): Tensor => {
      const raw = layer.apply(scope, x)
      const normed = norm.apply(scope, raw)
      scope.drop(raw)
      return normed
    }
    const [q, k] = [branch(this.indexer.query, this.indexer.queryNorm), branch(this.indexer.key, this.indexer.keyNorm)]
    const turned = rotate(scope, q, k, this.kind.rotary!, this.kind.style!, false)
    scope.drop(q, k)
    tape.module = 'indexer'
    const wide = turned.map((t) => cast(scope, t, 4, 'in fp32'))
    const h = dimension('nh_i', heads)
    const scores = output(scope, shape(batch, h, sequence, keys), tape.autocast || 4, 'scores of the indexer')
    scope.drop(...wide)
    const future = output(scope, shape(batch, sequence, keys), 1, 'later tokens')
    const masked = output(scope, scores.shape, scores.elementSize, 'masked scores')
    scope.drop(scores, future)
    const blocks = dimension('blocks', Math.ceil(keys.size / blockSize))
    output(scope, shape(batch, h, sequence, blocks), masked.elementSize, 'scores of blocks')
    const picked = output(scope, shape(batch, h, sequence, dimension('k_i', Math.min(chosen, blocks.size))), INDEX_SIZE, 'chosen blocks')
    tape.gradEnabled = gradEnabled
    scope.return(picked, caller)
  }

  /** build_block_mask: the choice spread over keys and heads, and joined with causality. */
  private blockMask (): void {
    const { tape, batch, sequence, keys } = this.context.run
    const scope = new Scope(tape)
    tape.module = 'indexer'
    const kept = output(scope, shape(batch, dimension('nh_i', this.sizes.heads), sequence, keys), 1, 'kept keys')
    output(scope, this.mask, 1, 'kept keys of every head')
    scope.drop(kept)
    output(scope, this.mask, 1, 'kept and causal keys')
    scope.close()
  }
}
