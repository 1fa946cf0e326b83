import { dimension, Scope, shape, type Shape, type Tensor } from '../../../tape/index.ts'
import { attend } from '../../attend.ts'
import type { ModelBuilder } from '../../builder.ts'
import { multiply, passThrough } from '../../elementwise.ts'
import type { DenseContext, KindContext } from '../dense/context.ts'
import { Norm } from '../dense/norms.ts'
import { rotate } from '../dense/rotate.ts'
import { sigmoid } from '../../functional.ts'
import type { Projection } from '../../projection.ts'
import { split } from '../../views.ts'
import { rebind } from '../../mixers/scanOperations.ts'

/** transformers Qwen3NextAttention: q_proj makes q and, beside every head, a gate for the output; norms on q and k. */
export class SplitGateAttention {
  private readonly context: DenseContext
  private readonly kind: KindContext
  private readonly layers: readonly [Projection, Projection, Projection]
  private readonly out: Projection
  private readonly norms: readonly [Norm, Norm]

  constructor (builder: ModelBuilder, context: DenseContext, kind: KindContext) {
    const { run, spec: { attention } } = context
    const { batch, sequence, heads, kvHeads, headDim, query } = kind.geometry
    const key = shape(batch, sequence, kvHeads, headDim)
    const both = shape(batch, sequence, heads, dimension('2d', 2 * headDim.size))
    const [q, k] = [dimension('q', heads.size * headDim.size), dimension('k', kvHeads.size * headDim.size)]
    const h = run.hiddenSize
    this.context = context
    this.kind = kind
    this.layers = [
      builder.linear('q_proj', dimension('2q', 2 * q.size), h, both, attention.qkvBias),
      builder.linear('k_proj', k, h, key, attention.qkvBias),
      builder.linear('v_proj', k, h, key, attention.qkvBias)
    ]
    this.out = builder.linear('o_proj', h, q, run.hidden, attention.outBias)
    const norm = (name: string, { dimensions: [b, s, n, d] }: Shape): Norm => new Norm(builder, context.spec.norm, name, shape(d!), shape(b!, s!, n!))
    this.norms = [norm('q_norm', query), norm('k_norm', key)]
  }

  forward (caller: Scope, x: Tensor): Tensor {
    const { run, runtime, spec: { attention } } = this.context
    const { geometry, rotary } = this.kind
    const [qProjection, kProjection, vProjection] = this.layers
    const scope = new Scope(run.tape)
    const both = qProjection.apply(scope, x)
    const [query, gateView] = split(scope, both, [geometry.query, geometry.query])
    scope.drop(both)
    const gate = rebind(scope, gateView!, passThrough(scope, gateView!, 'output gate'))
    const q = rebind(scope, query!, this.norms[0].apply(scope, query!))
    const unnormed = kProjection.apply(scope, x)
    const k = rebind(scope, unnormed, this.norms[1].apply(scope, unnormed))
    const value = vProjection.apply(scope, x)
    run.tape.module = 'rotary'
    const turned = rotate(scope, q, k, rotary!, attention.rotary!, runtime.fusedKernels.includes('rope'))
    scope.drop(q, k)
    const mixed = attend(scope, ...turned, value, geometry, run)
    run.tape.module = 'self_attn'
    const open = sigmoid(scope, gate)
    const gated = multiply(scope, mixed, open, 'gated output')
    scope.drop(open, mixed)
    return scope.return(this.out.apply(scope, gated), caller)
  }
}
