import { dimension, Scope, type Tensor } from '../../../tape/index.ts'
import { attend } from '../../attend.ts'
import type { ModelBuilder } from '../../builder.ts'
import type { Projection } from '../../projection.ts'
import { asUsed, type DenseContext, type KindContext } from './context.ts'
import { HeadProjections } from './projections.ts'
import { rotate } from './rotate.ts'

/** The self-attention of a dense decoder block. */
export class SelfAttention {
  private readonly context: DenseContext
  private readonly kind: KindContext
  private readonly heads: HeadProjections
  private readonly out: Projection
  private readonly turns: boolean

  constructor (builder: ModelBuilder, context: DenseContext, kind: KindContext, turns: boolean) {
    const { run, spec: { attention } } = context
    const { heads, headDim } = kind.geometry
    this.context = context
    this.kind = kind
    this.turns = turns && attention.rotary !== null
    this.heads = new HeadProjections(builder, kind, context.spec)
    this.out = asUsed(builder.linear(attention.out, run.hiddenSize, dimension('q', heads.size * headDim.size), run.hidden, attention.outBias), context.spec)
    this.heads.makeNorms(builder)
  }

  forward (caller: Scope, x: Tensor): Tensor {
    const { run, runtime } = this.context
    const { geometry, rotary, style } = this.kind
    const scope = new Scope(run.tape)
    const { query, key, value } = this.heads.apply(scope, x)
    let [q, k] = [query, key]
    if (this.turns) {
      run.tape.module = 'rotary'
      ;[q, k] = rotate(scope, query, key, rotary!, style!, runtime.fusedKernels.includes('rope'))
      scope.drop(query, key)
    }
    [q, k] = this.heads.normTurned(scope, q, k)
    const mixed = attend(scope, q, k, value, { ...geometry, headsFirst: geometry.headsFirst! && this.turns }, run)
    return scope.return(this.out.apply(scope, mixed), caller)
  }
}
