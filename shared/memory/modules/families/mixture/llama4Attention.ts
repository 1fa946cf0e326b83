import { dimension, edgeOf, GradNode, Scope, shape, type Tensor } from '../../../tape/index.ts'
import { attend } from '../../attend.ts'
import type { ModelBuilder } from '../../builder.ts'
import { cast, gradient, multiply, needsGrad, output } from '../../elementwise.ts'
import { INDEX_SIZE } from '../../indexing.ts'
import { llama4Norm } from '../../normalization.ts'
import type { Projection } from '../../projection.ts'
import type { DenseContext, KindContext } from '../dense/context.ts'
import { HeadProjections } from '../dense/projections.ts'

/** What Llama 4's attention does with q and k: a norm without weights after the rotation, a scale by position where there is none. */
export interface Llama4Heads {
  readonly normalizes: boolean
  readonly tunesTemperature: boolean
}

/** transformers Llama4TextAttention: complex rotary positions; layers without them see all tokens and scale q by its position. */
export class Llama4Attention {
  private readonly context: DenseContext
  private readonly kind: KindContext
  private readonly heads: HeadProjections
  private readonly out: Projection
  private readonly options: Llama4Heads
  private readonly turns: boolean

  constructor (builder: ModelBuilder, context: DenseContext, kind: KindContext, options: Llama4Heads, turns: boolean) {
    const { run, spec: { attention } } = context
    const { heads, headDim } = kind.geometry
    this.context = context
    this.kind = kind
    this.options = options
    this.turns = turns
    this.heads = new HeadProjections(builder, kind, context.spec)
    this.out = builder.linear(attention.out, run.hiddenSize, dimension('q', heads.size * headDim.size), run.hidden, attention.outBias)
  }

  forward (caller: Scope, x: Tensor): Tensor {
    const { run } = this.context
    const scope = new Scope(run.tape)
    const { query, key, value } = this.heads.apply(scope, x)
    let [q, k] = [query, key]
    const rebind = (next: readonly [Tensor, Tensor]): void => {
      scope.drop(...[q, k].filter((t) => !next.includes(t)))
      ;[q, k] = next
    }
    if (this.turns) {
      rebind(this.rotate(scope, q, k))
      if (this.options.normalizes) {
        run.tape.module = 'qk_norm'
        const rows = (t: Tensor) => shape(...t.shape.dimensions.slice(0, -1))
        const normed = llama4Norm(scope, q, null, rows(q))
        scope.drop(q)
        q = normed
        rebind([q, llama4Norm(scope, k, null, rows(k))])
      }
    } else if (this.options.tunesTemperature) rebind([this.tuned(scope, q), k])
    const mixed = attend(scope, q, k, value, this.kind.geometry, run)
    return scope.return(this.out.apply(scope, mixed), caller)
  }

  /** apply_rotary_emb: q and k in fp32 as complex numbers, times the complex table, back to their type. */
  private rotate (caller: Scope, query: Tensor, key: Tensor): [Tensor, Tensor] {
    const scope = new Scope(caller.tape)
    const { cos, sin } = this.kind.rotary!
    scope.tape.module = 'rotary'
    const wide = [query, key].map((t) => cast(scope, t, 4, 'as complex numbers'))
    const turned = wide.map((t) => timesTable(scope, t, cos, sin))
    const [q, k] = turned.map((t, i) => scope.hand(cast(scope, t, [query, key][i]!.elementSize, 'turned'), caller))
    scope.close()
    return [q!, k!]
  }

  /** (query · log1p(⌊(position + 1) / floor⌋) · scale + 1).to(type) */
  private tuned (scope: Scope, query: Tensor): Tensor {
    const { sequence } = this.kind.geometry
    scope.tape.module = 'attention'
    output(scope, shape(sequence), INDEX_SIZE, 'positions')
    const factor = output(scope, shape(sequence), 4, 'scale of each position')
    const product = multiply(scope, query, factor, 'scaled query in fp32')
    const result = cast(scope, product, query.elementSize, 'scaled query')
    if (result !== product) scope.drop(product)
    return result
  }
}

function timesTable (scope: Scope, wide: Tensor, cos: Tensor, sin: Tensor): Tensor {
  const { tape } = scope
  const node = needsGrad(tape, wide) ? new GradNode(tape, [edgeOf(wide)], [cos.storage, sin.storage], () => [gradient(tape, wide.shape, 4)]) : null
  return output(scope, wide.shape, 4, 'times the complex table', node)
}
