import { edgeOf, GradNode, Scope, shape, type Tensor } from '../../tape/index.ts'
import type { ModelBuilder } from '../builder.ts'
import type { RotaryTables } from '../decoder.ts'
import { add, cast, gradient, needsGrad, output } from '../elementwise.ts'
import type { Projection } from '../projection.ts'
import type { Run } from '../run.ts'
import { attendPatches, type EncoderExtents } from './encoderBlock.ts'
import { TowerNorm } from './norm.ts'
import { towerMlp } from './mlp.ts'

/** Llama4VisionEncoderLayer (llama4/modeling_llama4.py): complex rotary positions in fp32. */
export class Llama4VisionBlock {
  private readonly run: Run
  private readonly extents: EncoderExtents
  private readonly norms: readonly [TowerNorm, TowerNorm]
  private readonly projections: readonly [query: Projection, key: Projection, value: Projection, out: Projection]
  private readonly mlp: readonly [Projection, Projection]

  constructor (builder: ModelBuilder, extents: EncoderExtents) {
    const { stream, rows, inner, geometry } = extents
    const [, , c] = stream.dimensions
    const [, , f] = inner.dimensions
    this.run = builder.run
    this.extents = extents
    const heads = (name: string): Projection => builder.linear(name, c!, c!, geometry.query, true)
    this.projections = [heads('q_proj'), heads('k_proj'), heads('v_proj'), builder.linear('o_proj', c!, c!, stream, true)]
    this.mlp = [builder.linear('fc1', f!, c!, inner, true), builder.linear('fc2', c!, f!, stream, true)]
    const norm = (name: string): TowerNorm => new TowerNorm(builder, 'layer-norm', name, shape(c!), rows)
    this.norms = [norm('input_layernorm'), norm('post_attention_layernorm')]
  }

  forward (caller: Scope, x: Tensor, table: RotaryTables): Tensor {
    const scope = new Scope(caller.tape)
    const { tape } = caller
    const normed = this.norms[0].apply(scope, x)
    const attended = this.attend(scope, normed, table)
    scope.drop(normed)
    tape.module = 'residual'
    const middle = add(scope, x, attended)
    scope.drop(attended)
    const input = this.norms[1].apply(scope, middle)
    const transformed = towerMlp(scope, input, this.mlp)
    scope.drop(input)
    tape.module = 'residual'
    return scope.return(add(scope, middle, transformed), caller)
  }

  private attend (caller: Scope, x: Tensor, table: RotaryTables): Tensor {
    const scope = new Scope(caller.tape)
    const [query, key, value, out] = this.projections
    const [rawQ, rawK] = [query, key].map((projection) => projection.apply(scope, x)) as [Tensor, Tensor]
    const v = value.apply(scope, x)
    const [q, k] = turn(scope, rawQ, rawK, table)
    scope.drop(rawQ, rawK)
    const mixed = attendPatches(scope, q, k, v, { ...this.extents.geometry, bareSoftmax: true }, this.run)
    return scope.return(out.apply(scope, mixed), caller)
  }
}

/** vision_apply_rotary_emb: q and k in fp32 as complex numbers, times the table, back to their type. */
function turn (caller: Scope, query: Tensor, key: Tensor, { cos }: RotaryTables): readonly [Tensor, Tensor] {
  const scope = new Scope(caller.tape)
  scope.tape.module = 'rotary'
  const wide = [query, key].map((t) => cast(scope, t, 4, 'as complex numbers'))
  const turned = wide.map((t) => timesTable(scope, t, cos))
  const narrow = turned.map((t) => scope.hand(cast(scope, t, query.elementSize, 'turned'), caller)) as [Tensor, Tensor]
  scope.close()
  return narrow
}

function timesTable (scope: Scope, wide: Tensor, table: Tensor): Tensor {
  const { tape } = scope
  const node = needsGrad(tape, wide) ? new GradNode(tape, [edgeOf(wide)], [table.storage], () => [gradient(tape, wide.shape, 4)]) : null
  return output(scope, wide.shape, 4, 'times the complex table', node)
}
