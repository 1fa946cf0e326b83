import { dimension, Scope, shape, type Shape, type Tensor } from '../../tape/index.ts'
import { activate, type Activation } from '../activations.ts'
import { eagerAttention, efficientAttention, flashAttention, type AttentionGeometry } from '../attention.ts'
import { mathAttention } from '../mathAttention.ts'
import { embeddingSize } from '../attend.ts'
import type { ModelBuilder } from '../builder.ts'
import { cast, multiply, scale } from '../elementwise.ts'
import { sigmoid } from '../functional.ts'
import type { Parameter } from '../linear.ts'
import type { Projection } from '../projection.ts'
import type { Run } from '../run.ts'
import { addToStream, streamLayerNorm, turnedGradient } from './stream.ts'

export type TowerActivation = Activation | 'quick-gelu'

/** Extents of a stack of encoder blocks. */
export interface EncoderSizes {
  /** Images, or tiles. */
  readonly images: number
  /** Vectors per image. */
  readonly patches: number
  readonly hiddenSize: number
  readonly intermediateSize: number
  readonly heads: number
  readonly activation: TowerActivation
}

export interface EncoderExtents {
  readonly stream: Shape
  readonly rows: Shape
  readonly inner: Shape
  readonly geometry: AttentionGeometry
}

export function encoderExtents ({ images, patches, hiddenSize, intermediateSize, heads }: EncoderSizes): EncoderExtents {
  const [n, p, c, f] = [dimension('n', images), dimension('p', patches), dimension('c', hiddenSize), dimension('f', intermediateSize)]
  const [nh, d] = [dimension('nh', heads), dimension('d', hiddenSize / heads)]
  return {
    stream: shape(n, p, c),
    rows: shape(n, p),
    inner: shape(n, p, f),
    geometry: {
      batch: n, sequence: p, heads: nh, kvHeads: nh, headDim: d,
      query: shape(n, p, nh, d), scores: shape(n, nh, p, p), mask: null, bias: null, unmasked: true
    }
  }
}

/** Attention among the patches of an image: every one sees all, without a mask. */
export function attendPatches (scope: Scope, q: Tensor, k: Tensor, v: Tensor, at: AttentionGeometry, run: Run): Tensor {
  const { tape } = run
  tape.module = 'attention'
  const kind = run.plan.runtime.attention
  if (kind === 'eager') return eagerAttention(scope, q, k, v, at, embeddingSize(run.plan))
  if (kind === 'math') return mathAttention(scope, q, k, v, at)
  const inputs = [q, k, v].map((t) => tape.autocast ? cast(scope, t, Math.min(t.elementSize, tape.autocast), 'in the autocast type') : t)
  const [query, key, value] = inputs as [Tensor, Tensor, Tensor]
  const result = kind === 'efficient' ? efficientAttention(scope, query, key, value, at) : flashAttention(scope, query, key, value, at, kind === 'flash-3')
  scope.drop(...inputs.filter((t) => t !== q && t !== k && t !== v))
  return result
}

/** x · sigmoid(1.702 · x) (activations.py QuickGELUActivation). */
function quickGelu (caller: Scope, x: Tensor): Tensor {
  const scope = new Scope(caller.tape)
  const scaled = scale(scope, x, '1.702 · x')
  const gate = sigmoid(scope, scaled)
  scope.drop(scaled)
  return scope.return(multiply(scope, x, gate, 'gelu output'), caller)
}

export const activateTower = (scope: Scope, x: Tensor, activation: TowerActivation): Tensor =>
  activation === 'quick-gelu' ? quickGelu(scope, x) : activate(scope, x, activation)

/** SiglipEncoderLayer and CLIPEncoderLayer (siglip/modeling_siglip.py, clip/modeling_clip.py). */
export class EncoderBlock {
  private readonly run: Run
  private readonly sizes: EncoderSizes
  private readonly extents: EncoderExtents
  private readonly isLast: boolean
  private readonly norms: readonly (readonly [Parameter, Parameter])[]
  private readonly projections: readonly [key: Projection, value: Projection, query: Projection, out: Projection]
  private readonly mlp: readonly [Projection, Projection]

  /** `isLast`: the gradient of its output comes from a norm, not from another block. */
  constructor (builder: ModelBuilder, sizes: EncoderSizes, extents: EncoderExtents, isLast: boolean) {
    const [, , c] = extents.stream.dimensions
    const [, , f] = extents.inner.dimensions
    this.run = builder.run
    this.sizes = sizes
    this.isLast = isLast
    this.extents = extents
    const norm = (name: string): readonly [Parameter, Parameter] => [builder.base(name, shape(c!)), builder.base(name, shape(c!), 'bias')]
    const linear = (name: string, output = extents.stream): Projection => builder.linear(name, c!, c!, output, true)
    const first = norm('layer_norm1')
    this.projections = [linear('k_proj', extents.geometry.query), linear('v_proj', extents.geometry.query), linear('q_proj', extents.geometry.query), linear('out_proj')]
    this.norms = [first, norm('layer_norm2')]
    this.mlp = [builder.linear('fc1', f!, c!, extents.inner, true), builder.linear('fc2', c!, f!, extents.stream, true)]
  }

  forward (caller: Scope, x: Tensor): Tensor {
    const scope = new Scope(caller.tape)
    const { tape } = caller
    // accumulate_grad.h clone_obey_contract: a checkpoint's detached input gets its gradient in its own layout.
    const turns = x.tokensLast && this.run.plan.runtime.checkpointing === 'reentrant'
    if (turns && this.isLast && x.leaf) x.leaf.beforeGrad = () => { tape.transient([x.shape, x.elementSize, 'gradient in the layout of the input']) }
    // One image alone is a matrix in either order.
    const turned = (out: Tensor): Tensor => turns && !this.isLast && this.sizes.images > 1 ? turnedGradient(scope, out) : out
    const normed = this.norm(scope, 0, x)
    const attended = turned(this.attend(scope, normed))
    scope.drop(normed)
    tape.module = 'residual'
    const middle = addToStream(scope, x, attended)
    scope.drop(attended)
    const input = this.norm(scope, 1, middle)
    const transformed = turned(this.transform(scope, input))
    scope.drop(input)
    tape.module = 'residual'
    const result = addToStream(scope, middle, transformed)
    scope.drop(transformed)
    return scope.return(result, caller)
  }

  private norm (scope: Scope, i: 0 | 1, x: Tensor): Tensor {
    const [weight, bias] = this.norms[i]!
    scope.tape.module = `layer_norm${i + 1}`
    return streamLayerNorm(scope, x, weight, bias, this.extents.rows)
  }

  private attend (caller: Scope, x: Tensor): Tensor {
    const scope = new Scope(caller.tape)
    const [key, value, query, out] = this.projections
    const [q, k, v] = [query, key, value].map((projection) => projection.apply(scope, x)) as [Tensor, Tensor, Tensor]
    const mixed = attendPatches(scope, q, k, v, this.extents.geometry, this.run)
    return scope.return(out.apply(scope, mixed), caller)
  }

  private transform (caller: Scope, x: Tensor): Tensor {
    const scope = new Scope(caller.tape)
    const [up, down] = this.mlp
    const raised = up.apply(scope, x)
    scope.tape.module = 'activation_fn'
    const activated = activateTower(scope, raised, this.sizes.activation)
    scope.drop(raised)
    return scope.return(down.apply(scope, activated), caller)
  }
}

/** The linear layers of such a block, with [out, in]. */
export const encoderLinears = (c: number, f: number): ReadonlyMap<string, readonly [number, number]> => new Map([
  ...['k_proj', 'v_proj', 'q_proj', 'out_proj'].map((name) => [name, [c, c]] as const), ['fc1', [f, c]], ['fc2', [c, f]]
])
