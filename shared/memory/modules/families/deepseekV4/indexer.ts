import type { CompressedAttention } from '../../../../architecture/attention.ts'
import type { Dimension } from '../../../result.ts'
import { dimension, edgeOf, GradNode, Scope, shape, type Shape, type Tensor } from '../../../tape/index.ts'
import { relu } from '../../activations.ts'
import type { ModelBuilder } from '../../builder.ts'
import { cast, gradient, matmul, multiply, needsGrad, output, scale } from '../../elementwise.ts'
import { INDEX_SIZE } from '../../indexing.ts'
import type { Projection } from '../../projection.ts'
import type { Run } from '../../run.ts'
import { Compressor, OVERLAPPING } from './compressor.ts'
import { discarded } from '../../discarded.ts'
import { turn } from './rotary.ts'

/** Keys that are chosen unless the config says otherwise (index_topk). */
const CHOSEN = 512

/** transformers DeepseekV4Indexer: its own compressor over narrow keys, and scores of every query against every compressed key. */
export class CompressorIndexer {
  private readonly run: Run
  private readonly sizes: CompressedAttention
  private readonly compressor: Compressor
  private readonly query: Projection
  private readonly weights: Projection

  constructor (builder: ModelBuilder, sizes: CompressedAttention, rank: Dimension) {
    const { run } = builder
    const [heads, width] = [dimension('nh_i', sizes.indexHeads), dimension('d_i', sizes.indexHeadDim)]
    this.run = run
    this.sizes = sizes
    this.compressor = new Compressor(builder, width, OVERLAPPING)
    this.query = builder.linear('q_b_proj', dimension('q_i', heads.size * width.size), rank, shape(run.batch, run.sequence, heads, width), false)
    this.weights = builder.linear('weights_proj', heads, run.hiddenSize, shape(run.batch, run.sequence, heads), false)
  }

  /** Indices of the compressed keys that every query attends to. Their graph ends here. */
  choose (caller: Scope, x: Tensor, resid: Tensor, half: Dimension): Tensor {
    return discarded(caller.tape, () => {
      const scope = new Scope(caller.tape)
      const { batch, sequence } = this.run
      const { windows } = this.compressor
      const keys = this.compressor.apply(scope, x, half)
      scope.tape.module = 'indexer'
      const [cos, sin] = ['cos', 'sin'].map((role) => output(scope, shape(sequence, half), x.elementSize, role)) as [Tensor, Tensor]
      const raw = this.query.apply(scope, resid)
      const q = turn(scope, raw, { cos, sin })
      scope.drop(raw)
      const scores = this.scores(scope, q, keys, x)
      const extent = scores.shape
      output(scope, shape(sequence), INDEX_SIZE, 'first hidden key')
      output(scope, shape(windows), INDEX_SIZE, 'places of the keys')
      output(scope, shape(sequence, windows), 1, 'mask of later keys')
      output(scope, extent, 4, 'masked scores')
      scope.drop(scores)
      const chosen = shape(batch, sequence, dimension('k_i', Math.min(this.sizes.chosen ?? CHOSEN, windows.size)))
      const values = output(scope, chosen, 4, 'best scores')
      output(scope, chosen, INDEX_SIZE, 'indices of the best scores')
      scope.drop(values)
      output(scope, chosen, 1, 'mask of later keys')
      const filler = output(scope, chosen, INDEX_SIZE, 'no key')
      const result = output(scope, chosen, INDEX_SIZE, 'chosen compressed keys')
      scope.drop(filler)
      return scope.return(result, caller)
    })
  }

  /** DeepseekV4IndexerScorer: Σ over heads of weight · relu(q · k), in fp32. */
  private scores (caller: Scope, q: Tensor, keys: Tensor, x: Tensor): Tensor {
    const { batch, sequence } = this.run
    const { windows } = this.compressor
    const scope = new Scope(caller.tape)
    const perHead = shape(batch, sequence, dimension('nh_i', this.sizes.indexHeads), windows)
    const wideQuery = cast(scope, q, 4, 'queries in fp32')
    const wideKeys = cast(scope, keys, 4, 'keys in fp32')
    // The keys of one sequence serve all its queries: a view, which bmm cannot take of several sequences.
    const all = shape(batch, sequence, dimension('d_i', this.sizes.indexHeadDim), windows)
    const spread = batch.size > 1 ? widen(scope, wideKeys, all) : wideKeys
    // Queries lie heads first.
    const ordered = batch.size > 1 ? widen(scope, wideQuery, wideQuery.shape) : wideQuery
    const raw = matmul(scope, ordered, spread, perHead, 'scores of the indexer')
    scope.drop(...new Set([wideQuery, wideKeys, spread, ordered].filter((t) => t !== q && t !== keys)))
    const positive = relu(scope, raw)
    const scaled = scale(scope, positive, 'positive scores')
    scope.drop(raw, positive)
    const product = this.weights.apply(scope, x)
    const wide = cast(scope, product, 4, 'weights in fp32')
    if (wide !== product) scope.drop(product)
    const weights = scale(scope, wide, 'weights of the heads')
    scope.drop(wide)
    const weighted = multiply(scope, scaled, weights, 'weighted scores')
    const summed = output(scope, shape(batch, sequence, windows), 4, 'scores')
    scope.drop(weighted)
    return scope.return(summed, caller)
  }
}

/** A copy of something expanded. */
function widen (scope: Scope, x: Tensor, extent: Shape): Tensor {
  const node = needsGrad(scope.tape, x) ? new GradNode(scope.tape, [edgeOf(x)], [], () => [gradient(scope.tape, x.shape, x.elementSize)]) : null
  return output(scope, extent, x.elementSize, 'keys for every query', node)
}
