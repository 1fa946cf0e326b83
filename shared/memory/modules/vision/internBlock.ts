import { Scope, shape, type Tensor } from '../../tape/index.ts'
import type { ModelBuilder } from '../builder.ts'
import { add, multiply } from '../elementwise.ts'
import type { Parameter } from '../linear.ts'
import type { Projection } from '../projection.ts'
import type { Run } from '../run.ts'
import { attendPatches, type EncoderExtents } from './encoderBlock.ts'
import { TowerNorm, type TowerNormKind } from './norm.ts'
import { towerMlp } from './mlp.ts'

/** What tells InternViT's sizes apart. */
export interface InternHabits {
  readonly norm: TowerNormKind
  /** q and k are normed over all heads at once. */
  readonly normsHeads: boolean
  readonly hasBias: boolean
}

/** InternVLVisionLayer (internvl/modeling_internvl.py): both sublayers scaled per channel before they join the stream. */
export class InternBlock {
  private readonly run: Run
  private readonly extents: EncoderExtents
  private readonly norms: readonly [TowerNorm, TowerNorm]
  private readonly headNorms: readonly [TowerNorm, TowerNorm] | null
  private readonly scales: readonly [Parameter, Parameter]
  private readonly projections: readonly [query: Projection, key: Projection, value: Projection, out: Projection]
  private readonly mlp: readonly [Projection, Projection]

  constructor (builder: ModelBuilder, extents: EncoderExtents, { norm, normsHeads, hasBias }: InternHabits) {
    const { stream, rows, inner } = extents
    const [, , c] = stream.dimensions
    const [, , f] = inner.dimensions
    this.run = builder.run
    this.extents = extents
    const linear = (name: string, bias: boolean): Projection => builder.linear(name, c!, c!, stream, bias)
    const normed = (name: string, kind: TowerNormKind): TowerNorm => new TowerNorm(builder, kind, name, shape(c!), rows)
    this.scales = [builder.base('lambda_1', shape(c!)), builder.base('lambda_2', shape(c!))]
    this.projections = [linear('q_proj', hasBias), linear('k_proj', hasBias), linear('v_proj', hasBias), linear('projection_layer', true)]
    this.headNorms = normsHeads ? [normed('q_norm', 'rms'), normed('k_norm', 'rms')] : null
    this.mlp = [builder.linear('fc1', f!, c!, inner, true), builder.linear('fc2', c!, f!, stream, true)]
    this.norms = [normed('layernorm_before', norm), normed('layernorm_after', norm)]
  }

  forward (caller: Scope, x: Tensor): Tensor {
    const scope = new Scope(caller.tape)
    const { tape } = caller
    const normed = this.norms[0].apply(scope, x)
    const attended = this.attend(scope, normed)
    scope.drop(normed)
    tape.module = 'lambda_1'
    // Lives until the layer's frame ends.
    const scaled = multiply(scope, this.scales[0], attended, 'scaled')
    scope.drop(attended)
    tape.module = 'residual'
    const middle = add(scope, scaled, x)
    const input = this.norms[1].apply(scope, middle)
    const transformed = towerMlp(scope, input, this.mlp)
    scope.drop(input)
    tape.module = 'lambda_2'
    const again = multiply(scope, this.scales[1], transformed, 'scaled')
    scope.drop(transformed)
    tape.module = 'residual'
    return scope.return(add(scope, again, middle), caller)
  }

  private attend (caller: Scope, x: Tensor): Tensor {
    const scope = new Scope(caller.tape)
    const [query, key, value, out] = this.projections
    let [q, k] = [query, key].map((projection) => projection.apply(scope, x)) as [Tensor, Tensor]
    const v = value.apply(scope, x)
    if (this.headNorms) {
      const [nq, nk] = this.headNorms
      const normedQ = nq.apply(scope, q)
      scope.drop(q)
      const normedK = nk.apply(scope, k)
      scope.drop(k)
      ;[q, k] = [normedQ, normedK]
    }
    const mixed = attendPatches(scope, q, k, v, { ...this.extents.geometry, bareSoftmax: true }, this.run)
    return scope.return(out.apply(scope, mixed), caller)
  }
}

/** The linear layers of such a block, with [out, in]. */
export const internLinears = (c: number, f: number): ReadonlyMap<string, readonly [number, number]> => new Map([
  ...['q_proj', 'k_proj', 'v_proj', 'projection_layer'].map((name) => [name, [c, c]] as const), ['fc1', [f, c]], ['fc2', [c, f]]
])
