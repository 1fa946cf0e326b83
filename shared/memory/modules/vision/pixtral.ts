import { dimension, edgeOf, GradNode, Leaf, Scope, shape, Tensor, type Shape } from '../../tape/index.ts'
import type { Dimension } from '../../result.ts'
import { embeddingSize } from '../attend.ts'
import { eagerAttention, flashAttention, type AttentionGeometry } from '../attention.ts'
import { efficientBiased } from '../biasedAttention.ts'
import type { ModelBuilder } from '../builder.ts'
import type { RotaryTables } from '../decoder.ts'
import { add, cast, gradient, needsGrad, output } from '../elementwise.ts'
import type { Parameter } from '../linear.ts'
import { gatedMlp } from '../mlp.ts'
import type { Projection } from '../projection.ts'
import { applyRotary } from '../rotary.ts'
import type { Run } from '../run.ts'
import { patchConvolution } from './convolution.ts'
import { TowerNorm } from './norm.ts'
import type { ImageInput, ImagePass } from './part.ts'

export interface PixtralSizes {
  readonly images: number
  readonly height: number
  readonly width: number
  readonly patchSize: number
  readonly hiddenSize: number
  readonly intermediateSize: number
  readonly heads: number
  readonly layers: number
  readonly trained: boolean
}

interface Extents {
  readonly rows: Shape
  readonly stream: Shape
  readonly inner: Shape
  readonly geometry: AttentionGeometry
}

/** What all blocks are given. */
interface Shared {
  readonly tables: RotaryTables
  /** Additive, over the patches of all images at once; null for FlashAttention. */
  readonly mask: Tensor | null
}

/** PixtralAttentionLayer (pixtral/modeling_pixtral.py). */
class PixtralBlock {
  private readonly run: Run
  private readonly extents: Extents
  private readonly norms: readonly [TowerNorm, TowerNorm]
  private readonly attention: readonly [query: Projection, key: Projection, value: Projection, out: Projection]
  private readonly mlp: readonly [Projection, Projection, Projection]

  constructor (builder: ModelBuilder, extents: Extents, c: Dimension, f: Dimension) {
    this.run = builder.run
    this.extents = extents
    const norm = (name: string): TowerNorm => new TowerNorm(builder, 'rms', name, shape(c), extents.rows)
    const first = norm('attention_norm')
    this.mlp = [builder.linear('gate_proj', f, c, extents.inner, false), builder.linear('up_proj', f, c, extents.inner, false), builder.linear('down_proj', c, f, extents.stream, false)]
    const head = (name: string): Projection => builder.linear(name, c, c, extents.geometry.query, false)
    this.attention = [head('q_proj'), head('k_proj'), head('v_proj'), builder.linear('o_proj', c, c, extents.stream, false)]
    this.norms = [first, norm('ffn_norm')]
  }

  forward (caller: Scope, x: Tensor, shared: Shared): Tensor {
    const scope = new Scope(caller.tape)
    const normed = this.norms[0].apply(scope, x)
    const attended = this.attend(scope, normed, shared)
    scope.drop(normed)
    scope.tape.module = 'residual'
    const middle = add(scope, x, attended)
    scope.drop(attended)
    const input = this.norms[1].apply(scope, middle)
    const transformed = gatedMlp(scope, input, ...this.mlp, false)
    scope.drop(input)
    scope.tape.module = 'residual'
    return scope.return(add(scope, middle, transformed), caller)
  }

  private attend (caller: Scope, x: Tensor, { tables: { cos, sin }, mask }: Shared): Tensor {
    const { run, extents: { geometry } } = this
    const scope = new Scope(run.tape)
    const [query, key, value] = this.attention.slice(0, 3).map((projection) => projection.apply(scope, x)) as [Tensor, Tensor, Tensor]
    run.tape.module = 'rotary'
    const [q, k] = [applyRotary(scope, query, cos, sin), applyRotary(scope, key, cos, sin)]
    scope.drop(query, key)
    run.tape.module = 'attention'
    return scope.return(this.attention[3].apply(scope, this.mix(scope, q, k, value, mask, geometry)), caller)
  }

  private mix (scope: Scope, q: Tensor, k: Tensor, v: Tensor, mask: Tensor | null, at: AttentionGeometry): Tensor {
    const { run } = this
    const kind = run.plan.runtime.attention
    if (kind === 'eager') return eagerAttention(scope, q, k, v, at, embeddingSize(run.plan))
    if (mask) return efficientBiased(scope, q, k, v, mask, { mask: null, causal: false }, at).result
    const inputs = [q, k, v].map((t) => run.tape.autocast ? cast(scope, t, Math.min(t.elementSize, run.tape.autocast), 'in the autocast type') : t) as [Tensor, Tensor, Tensor]
    return flashAttention(scope, ...inputs, at, kind === 'flash-3')
  }
}

/** PixtralVisionModel: patches of all images in one row, under a mask that keeps images apart. Every block's input is kept for the caller (output_hidden_states). */
export class PixtralTower {
  readonly pixels: ImageInput
  readonly rows: Dimension
  readonly width: Dimension
  private readonly run: Run
  private readonly sizes: PixtralSizes
  private readonly extents: Extents
  private readonly patches: Shape
  private readonly weight: Parameter
  private readonly norm: TowerNorm
  private readonly blocks: readonly PixtralBlock[]

  constructor (builder: ModelBuilder, sizes: PixtralSizes, perImage: readonly [down: number, across: number]) {
    const { images, height, width, patchSize, hiddenSize, heads } = sizes
    const [down, across] = perImage
    const [n, c, f, p, rgb] = [dimension('n', images), dimension('c', hiddenSize), dimension('f', sizes.intermediateSize), dimension('patch', patchSize), dimension('rgb', 3)]
    const [one, nh, d] = [dimension('1', 1), dimension('nh', heads), dimension('d', hiddenSize / heads)]
    const m = this.rows = dimension('m', images * down * across)
    this.width = c
    this.run = builder.run
    this.sizes = sizes
    this.pixels = { role: 'pixel_values', shape: shape(n, rgb, dimension('height', height), dimension('width', width)), elementSize: 4, storage: null }
    this.patches = shape(n, c, dimension('down', down), dimension('across', across))
    this.extents = {
      rows: shape(one, m), stream: shape(one, m, c), inner: shape(one, m, f),
      geometry: { batch: one, sequence: m, heads: nh, kvHeads: nh, headDim: d, query: shape(one, m, nh, d), scores: shape(one, nh, m, m), mask: null, bias: null }
    }
    this.weight = builder.base('patch_conv', shape(c, rgb, p, p))
    this.norm = new TowerNorm(builder, 'rms', 'ln_pre', shape(c), this.extents.rows)
    this.blocks = Array.from({ length: sizes.layers }, () => new PixtralBlock(builder, this.extents, c, f))
    for (const role of ['inverse frequencies', 'original inverse frequencies']) builder.buffer('patch_positional_embedding', shape(dimension('d/2', d.size / 2)), 4, role)
  }

  /** The last hidden states; `receiver` gets the others. */
  forward (caller: Scope, receiver: Scope, pass: ImagePass): Tensor {
    const scope = new Scope(caller.tape)
    const { run: { tape }, sizes, extents } = this
    const patches = this.embed(scope, pass)
    const flat = flatten(scope, patches, extents.stream)
    let x = this.norm.apply(scope, flat)
    scope.drop(flat)
    tape.module = 'vision_tower'
    const positions = output(scope, shape(this.rows, dimension('2', 2)), 8, 'positions of patches')
    const shared = this.shared(scope, x.elementSize)
    const kept = [positions, shared.tables.cos, shared.tables.sin, ...shared.mask ? [shared.mask] : []].map(({ storage }) => storage)
    this.blocks.forEach((block, i) => {
      receiver.alias(x)
      const next = pass.blocks.outside(scope, x, { forward: (inner, t) => block.forward(inner, t, shared) }, i, sizes.trained, kept)
      scope.drop(x)
      x = next
    })
    return scope.return(x, caller)
  }

  private embed (scope: Scope, { blocks, leaves }: ImagePass): Tensor {
    const { tape, plan } = this.run
    tape.module = 'patch_conv'
    const { shape: extent, elementSize, storage } = this.pixels
    const loaded = scope.own(new Tensor(tape.retain(storage!), extent, elementSize, false))
    const typed = this.weight.elementSize === elementSize ? loaded : output(scope, extent, this.weight.elementSize, 'pixels in the weights’ type')
    const patches = patchConvolution(scope, typed, this.weight, null, this.patches)
    scope.drop(loaded, typed)
    if (tape.gradEnabled && plan.runtime.checkpointing !== 'none' && !patches.requiresGrad) {
      patches.requiresGrad = true
      patches.leaf = new Leaf()
      leaves.push(patches.leaf)
      blocks.keep(patches.storage)
    }
    return patches
  }

  private shared (scope: Scope, elementSize: number): Shared {
    const { extents: { geometry, rows }, run: { tape, plan } } = this
    tape.module = 'patch_positional_embedding'
    const extent = shape(this.rows, geometry.headDim)
    const tables = { cos: output(scope, extent, elementSize, 'cos'), sin: output(scope, extent, elementSize, 'sin') }
    if (['flash-2', 'flash-3'].includes(plan.runtime.attention)) return { tables, mask: null }
    tape.module = 'vision_tower'
    const one = rows.dimensions[0]!
    return { tables, mask: output(scope, shape(one, one, this.rows, this.rows), elementSize, 'mask that keeps images apart') }
  }
}

/** torch.cat of every image's patches, flattened and transposed; backward stacks the images' gradients. */
function flatten (scope: Scope, patches: Tensor, extent: Shape): Tensor {
  const { tape } = scope
  const node = needsGrad(tape, patches) ? new GradNode(tape, [edgeOf(patches)], [], () => [gradient(tape, patches.shape, patches.elementSize)]) : null
  return output(scope, extent, patches.elementSize, 'patches of all images', node)
}
