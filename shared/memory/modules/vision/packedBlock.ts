import { edgeOf, GradNode, Scope, shape, Tensor, type Shape } from '../../tape/index.ts'
import type { Dimension } from '../../result.ts'
import { applyRotary } from '../rotary.ts'
import type { ModelBuilder } from '../builder.ts'
import type { RotaryTables } from '../decoder.ts'
import { add, cast, gradient, needsGrad } from '../elementwise.ts'
import { gatedMlp } from '../mlp.ts'
import { TowerNorm, type TowerNormKind } from './norm.ts'
import type { Projection } from '../projection.ts'
import type { Run } from '../run.ts'
import { split } from '../views.ts'
import { chunkedAttention, type Chunks } from './chunkedAttention.ts'
import { activateTower, type TowerActivation } from './encoderBlock.ts'

/** Extents and habits of the blocks of a tower over packed patches. */
export interface PackedSizes {
  /** Patches of all images of the batch. */
  readonly rows: Dimension
  readonly width: Dimension
  readonly inner: Dimension
  readonly heads: Dimension
  readonly headDim: Dimension
  readonly norm: TowerNormKind
  readonly activation: TowerActivation
  /** gate_proj, up_proj and down_proj; else two layers of these names. */
  readonly mlp: 'gated' | readonly [string, string]
  /** Biases in the linear layers. */
  readonly hasBias?: boolean
}

/** Qwen2VLVisionBlock, Qwen2_5_VLVisionBlock, Qwen3VLVisionBlock. */
export class PackedBlock {
  private readonly run: Run
  private readonly sizes: PackedSizes
  private readonly stream: Shape
  private readonly norms: readonly [TowerNorm, TowerNorm]
  private readonly qkv: Projection
  private readonly out: Projection
  private readonly mlp: readonly Projection[]

  constructor (builder: ModelBuilder, sizes: PackedSizes) {
    const { rows, width: c, inner: f, norm, mlp, hasBias = true } = sizes
    this.run = builder.run
    this.sizes = sizes
    this.stream = shape(rows, c)
    const make = (name: string): TowerNorm => new TowerNorm(builder, norm, name, shape(c), shape(rows))
    this.norms = [make('norm1'), make('norm2')]
    this.qkv = builder.linear('qkv', { symbol: '3c', size: 3 * c.size }, c, shape(rows, { symbol: '3c', size: 3 * c.size }), hasBias)
    this.out = builder.linear('proj', c, c, this.stream, hasBias)
    const up = (name: string): Projection => builder.linear(name, f, c, shape(rows, f), hasBias)
    const down = (name: string): Projection => builder.linear(name, c, f, this.stream, hasBias)
    this.mlp = mlp === 'gated' ? [up('gate_proj'), up('up_proj'), down('down_proj')] : [up(mlp[0]), down(mlp[1])]
  }

  forward (caller: Scope, x: Tensor, tables: RotaryTables, chunks: Chunks): Tensor {
    const scope = new Scope(caller.tape)
    const { tape } = caller
    const normed = this.norms[0].apply(scope, x)
    const attended = this.attend(scope, normed, tables, chunks)
    scope.drop(normed)
    tape.module = 'residual'
    const middle = add(scope, x, attended)
    scope.drop(attended)
    const input = this.norms[1].apply(scope, middle)
    const transformed = this.transform(scope, input)
    scope.drop(input)
    tape.module = 'residual'
    const result = add(scope, middle, transformed)
    return scope.return(result, caller)
  }

  private attend (caller: Scope, x: Tensor, { cos, sin }: RotaryTables, chunks: Chunks): Tensor {
    const scope = new Scope(caller.tape)
    const { rows, heads, headDim } = this.sizes
    const packed = this.qkv.apply(scope, x)
    const part = shape(rows, heads, headDim)
    const [query, key, value] = split(scope, reordered(scope, packed), [part, part, part]) as [Tensor, Tensor, Tensor]
    scope.drop(packed)
    scope.tape.module = 'rotary'
    const inner = new Scope(scope.tape)
    const wide = [query, key].map((t) => cast(inner, t, 4, 'in fp32'))
    const turned = wide.map((t) => applyRotary(inner, t, cos, sin))
    const [q, k] = turned.map((t) => {
      const narrow = cast(inner, t, query.elementSize, 'in the input type')
      if (narrow !== t) inner.drop(t)
      return scope.alias(narrow)
    }) as [Tensor, Tensor]
    inner.close()
    scope.drop(query, key)
    const mixed = chunkedAttention(scope, q, k, value, chunks, this.run)
    return scope.return(this.out.apply(scope, mixed), caller)
  }

  private transform (caller: Scope, x: Tensor): Tensor {
    const [first, second, third] = this.mlp
    if (third) return gatedMlp(caller, x, first!, second!, third, false)
    const scope = new Scope(caller.tape)
    const raised = first!.apply(scope, x)
    scope.tape.module = 'act_fn'
    const activated = activateTower(scope, raised, this.sizes.activation)
    scope.drop(raised)
    return scope.return(second!.apply(scope, activated), caller)
  }
}

/** qkv.reshape(m, 3, nh, d).permute(1, 0, 2, 3): a view, whose gradient is copied back into the order of the layer's output. */
function reordered (scope: Scope, x: Tensor): Tensor {
  const { tape } = scope
  const node = needsGrad(tape, x) ? new GradNode(tape, [edgeOf(x)], [], () => [gradient(tape, x.shape, x.elementSize)]) : null
  tape.retain(x.storage)
  return scope.own(new Tensor(x.storage, x.shape, x.elementSize, node !== null, node))
}
