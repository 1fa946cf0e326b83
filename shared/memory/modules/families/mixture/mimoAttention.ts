import { dimension, Scope, shape, type Tensor } from '../../../tape/index.ts'
import type { ModelBuilder } from '../../builder.ts'
import { scale } from '../../elementwise.ts'
import type { Parameter } from '../../linear.ts'
import type { Projection } from '../../projection.ts'
import { sinkAttention } from '../../sinkAttention.ts'
import { SLIDING } from '../../window.ts'
import type { DenseContext, KindContext } from '../dense/context.ts'
import { HeadProjections } from '../dense/projections.ts'
import { rotate } from '../dense/rotate.ts'

/** transformers MiMoV2FlashAttention: eager attention, scaled values of a width of their own, sinks where layers slide. */
export class MimoAttention {
  private readonly context: DenseContext
  private readonly kind: KindContext
  private readonly heads: HeadProjections
  private readonly out: Projection
  private readonly sinks: Parameter | null

  constructor (builder: ModelBuilder, context: DenseContext, kind: KindContext) {
    const { run, spec: { attention } } = context
    const { heads, headDim, value } = kind.geometry
    this.context = context
    this.kind = kind
    this.heads = new HeadProjections(builder, kind, context.spec)
    const width = heads.size * (value?.dimensions[3] ?? headDim).size
    this.out = builder.linear(attention.out, run.hiddenSize, dimension('v', width), run.hidden, false)
    this.sinks = kind.kind === SLIDING ? builder.base('self_attn', shape(heads), 'sinks') : null
  }

  /** `layer`: the block's frame, which holds the probabilities until it returns. */
  forward (layer: Scope, x: Tensor): Tensor {
    const { run, runtime } = this.context
    const { geometry, rotary, style } = this.kind
    const scope = new Scope(run.tape)
    const { query, key, value } = this.heads.apply(scope, x)
    run.tape.module = 'attention'
    const scaled = scale(scope, value, 'scaled values')
    scope.drop(value)
    run.tape.module = 'rotary'
    const [q, k] = rotate(scope, query, key, rotary!, style!, runtime.fusedKernels.includes('rope'))
    scope.drop(query, key)
    run.tape.module = 'attention'
    const { result, weights } = sinkAttention(scope, q, k, scaled, this.sinks, geometry, true)
    scope.hand(weights, layer)
    return scope.return(this.out.apply(scope, result), layer)
  }
}
