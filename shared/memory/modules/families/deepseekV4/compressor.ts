import type { CompressedAttention } from '../../../../architecture/attention.ts'
import type { Dimension } from '../../../result.ts'
import { dimension, Scope, shape, type Tensor } from '../../../tape/index.ts'
import type { ModelBuilder } from '../../builder.ts'
import { add, output, sliceCopy } from '../../elementwise.ts'
import { INDEX_SIZE } from '../../indexing.ts'
import type { Parameter } from '../../linear.ts'
import type { Projection } from '../../projection.ts'
import type { Run } from '../../run.ts'
import { Norm } from '../dense/norms.ts'
import { pooled } from './attention.ts'

/**
 * DeepseekV4HCACompressor and DeepseekV4CSACompressor: keys of `ratio` tokens pooled into one. At a ratio of 4 the windows overlap:
 * both projections are twice as wide, and values and gates are laid out anew.
 */
export class Compressor {
  private readonly run: Run
  private readonly width: Dimension
  private readonly ratio: number
  private readonly values: Projection
  private readonly gates: Projection
  private readonly bias: Parameter
  private readonly norm: Norm

  constructor (builder: ModelBuilder, width: Dimension, ratio: number) {
    const { run } = builder
    const both = dimension('d_c', width.size * (ratio === 4 ? 2 : 1))
    const extent = shape(run.batch, run.sequence, both)
    this.run = run
    this.width = width
    this.ratio = ratio
    this.values = builder.linear('kv_proj', both, run.hiddenSize, extent, false)
    this.gates = builder.linear('gate_proj', both, run.hiddenSize, extent, false)
    this.bias = builder.base('compressor', shape(dimension('m', ratio), both), 'position_bias')
    this.norm = new Norm(builder, 'rms', 'kv_norm', shape(width), shape(run.batch, this.windows()))
  }

  /** [b, s / ratio, 1, d] */
  apply (caller: Scope, x: Tensor): Tensor {
    const { batch } = this.run
    const scope = new Scope(caller.tape)
    const values = this.values.apply(scope, x)
    const gates = this.gates.apply(scope, x)
    scope.tape.module = 'compressor'
    const shifted = add(scope, gates, this.bias, 'gates and their bias')
    const windows = this.windows()
    const laidOut = shape(batch, windows, dimension('2m', 2 * this.ratio), this.width)
    const [v, g] = this.ratio === 4 ? [values, shifted].map((t) => sliceCopy(scope, t, laidOut, 'overlapping windows')) : [values, shifted]
    const sum = pooled(scope, v!, g!, shape(batch, windows, dimension('1', 1), this.width))
    return scope.return(this.norm.apply(scope, sum), caller)
  }

  private windows (): Dimension {
    return dimension('s/m', Math.floor(this.run.sequence.size / this.ratio))
  }
}

/** DeepseekV4Indexer: its own compressor over narrow keys, and scores of every query against every compressed key. */
export class CompressorIndexer {
  private readonly run_: Run
  private readonly sizes: CompressedAttention
  private readonly compressor: Compressor
  private readonly query: Projection
  private readonly weights: Projection

  constructor (builder: ModelBuilder, sizes: CompressedAttention, rank: Dimension) {
    const { run } = builder
    const [heads, width] = [dimension('nh_i', sizes.indexHeads), dimension('d_i', sizes.indexHeadDim)]
    this.run_ = run
    this.sizes = sizes
    this.compressor = new Compressor(builder, width, 4)
    this.query = builder.linear('q_b_proj', dimension('q_i', heads.size * width.size), rank, shape(run.batch, run.sequence, heads, width), false)
    this.weights = builder.linear('weights_proj', heads, run.hiddenSize, shape(run.batch, run.sequence, heads), false)
  }

  run (caller: Scope, x: Tensor, resid: Tensor): void {
    const { tape, batch, sequence } = this.run_
    const { gradEnabled } = tape
    tape.gradEnabled = false
    const scope = new Scope(tape)
    this.compressor.apply(scope, x)
    const q = this.query.apply(scope, resid)
    const windows = dimension('s/m', Math.floor(sequence.size / 4))
    const scores = shape(batch, sequence, dimension('nh_i', this.sizes.indexHeads), windows)
    output(scope, q.shape, 4, 'queries in fp32')
    const [first, second] = ['scores of the indexer', 'positive scores'].map((role) => output(scope, scores, 4, role))
    scope.drop(first!)
    this.weights.apply(scope, x)
    output(scope, scores, 4, 'weighted scores')
    scope.drop(second!)
    const chosen = shape(batch, sequence, dimension('k_i', Math.min(1024, windows.size)))
    const indices = output(scope, chosen, INDEX_SIZE, 'chosen compressed keys')
    tape.gradEnabled = gradEnabled
    scope.return(indices, caller)
    const bias = new Scope(tape)
    bias.return(output(bias, shape(batch, sequence, windows), 2, 'mask of compressed keys'), caller)
  }
}
