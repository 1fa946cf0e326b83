import { dimension, Scope, shape, type Shape, type Tensor } from '../../../tape/index.ts'
import { attend } from '../../attend.ts'
import type { ModelBuilder } from '../../builder.ts'
import { applyInterleavedRotary } from '../../latentAttention.ts'
import type { Parameter } from '../../linear.ts'
import type { Projection } from '../../projection.ts'
import { sinkAttention } from '../../sinkAttention.ts'
import { split } from '../../views.ts'
import type { DenseContext, KindContext } from '../dense/context.ts'
import { HeadProjections } from '../dense/projections.ts'

/**
 * transformers GptOssAttention: halves of q and k turned against each other with tables of half a head, eager attention with
 * sinks. The flash kernels that know sinks are taken for FlashAttention; SDPA has none, and transformers runs eager attention.
 */
export class SinkSelfAttention {
  private readonly context: DenseContext
  private readonly kind: KindContext
  private readonly heads: HeadProjections
  private readonly out: Projection
  private readonly sinks: Parameter
  private weights: Tensor | null = null

  constructor (builder: ModelBuilder, context: DenseContext, kind: KindContext) {
    const { run, spec: { attention } } = context
    const { heads, headDim } = kind.geometry
    this.context = context
    this.kind = kind
    this.heads = new HeadProjections(builder, kind, context.spec)
    this.out = builder.linear(attention.out, run.hiddenSize, dimension('q', heads.size * headDim.size), run.hidden, attention.outBias)
    this.sinks = builder.base('self_attn', shape(heads), 'sinks')
  }

  forward (caller: Scope, x: Tensor): Tensor {
    const { run } = this.context
    const scope = new Scope(run.tape)
    const { query, key, value } = this.heads.apply(scope, x)
    run.tape.module = 'rotary'
    const q = this.turn(scope, query)
    const k = this.turn(scope, key)
    scope.drop(query, key)
    run.tape.module = 'attention'
    const flash = run.plan.runtime.attention.startsWith('flash')
    const mixed = flash ? attend(scope, q, k, value, this.kind.geometry, run) : this.eager(scope, caller, q, k, value)
    return scope.return(this.out.apply(scope, mixed), caller)
  }

  /** `hidden_states, _ = self.mlp(…)`: the name that held the probabilities is bound anew. `layer`: the block's frame. */
  rebind (layer: Scope): void {
    if (this.weights) layer.drop(this.weights)
    this.weights = null
  }

  private eager (scope: Scope, layer: Scope, q: Tensor, k: Tensor, value: Tensor): Tensor {
    const { result, weights } = sinkAttention(scope, q, k, value, this.sinks, this.kind.geometry)
    this.weights = scope.hand(weights, layer)
    return result
  }

  private turn (caller: Scope, x: Tensor): Tensor {
    const scope = new Scope(caller.tape)
    const { cos, sin } = this.kind.rotary!
    const half = halfHead(x.shape)
    const [first, second] = split(scope, x, [half, half])
    return scope.return(applyInterleavedRotary(scope, [first!, second!], cos, sin, x.shape), caller)
  }
}

function halfHead (extent: Shape): Shape {
  const last = extent.dimensions.at(-1)!
  return shape(...extent.dimensions.slice(0, -1), dimension(`${last.symbol}/2`, last.size / 2))
}
