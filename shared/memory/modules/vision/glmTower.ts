import { dimension, edgeOf, GradNode, Scope, shape, type Shape, type Storage, type Tensor } from '../../tape/index.ts'
import type { ModelBuilder } from '../builder.ts'
import { activate } from '../activations.ts'
import { add, cast, gradient, needsGrad, output } from '../elementwise.ts'
import { INDEX_SIZE } from '../indexing.ts'
import type { Parameter } from '../linear.ts'
import { gatedMlp } from '../mlp.ts'
import type { Projection } from '../projection.ts'
import type { Chunks } from './chunkedAttention.ts'
import { patchConvolution } from './convolution.ts'
import { TowerNorm } from './norm.ts'
import { PackedBlock, type PackedSizes } from './packedBlock.ts'
import type { ImageInput, ImagePass } from './part.ts'

export interface GlmTowerSizes extends PackedSizes {
  readonly layers: number
  readonly patchSize: number
  /** Patches along one side of the image that the table of positions is for. */
  readonly side: number
  /** Patches of every image. */
  readonly images: readonly number[]
  readonly trained: boolean
}

/** Glm4vVisionModel (glm4v/modeling_glm4v.py): packed patches, positions sampled from a table as from a picture. */
export class GlmTower {
  readonly pixels: ImageInput
  private readonly sizes: GlmTowerSizes
  private readonly stream: Shape
  private readonly table: Parameter
  private readonly weight: Parameter
  private readonly bias: Parameter
  private readonly blocks: readonly PackedBlock[]
  private readonly firstNorm: TowerNorm
  private readonly lastNorm: TowerNorm

  constructor (builder: ModelBuilder, sizes: GlmTowerSizes) {
    const { rows, width: c, patchSize, side, headDim } = sizes
    this.sizes = sizes
    this.stream = shape(rows, c)
    const [rgb, t, p] = [dimension('rgb', 3), dimension('t', 2), dimension('patch', patchSize)]
    this.pixels = { role: 'pixel_values', shape: shape(rows, dimension('3·2·patch²', 6 * patchSize ** 2)), elementSize: 4, storage: null }
    this.table = builder.base('position_embedding', shape(dimension('positions', side ** 2), c))
    this.weight = builder.base('patch_embed', shape(c, rgb, t, p, p))
    this.bias = builder.base('patch_embed', shape(c), 'bias')
    for (const role of ['inverse frequencies', 'original inverse frequencies']) builder.buffer('rotary_pos_emb', shape(dimension('d/4', headDim.size / 4)), 4, role)
    this.blocks = Array.from({ length: sizes.layers }, () => new PackedBlock(builder, sizes))
    const norm = (name: string): TowerNorm => new TowerNorm(builder, 'rms', name, shape(c), shape(rows))
    this.firstNorm = norm('post_conv_layernorm')
    this.lastNorm = norm('post_layernorm')
  }

  /** The normed last hidden states; the tower's locals in `scope`. */
  forward (scope: Scope, pixels: Tensor, pass: ImagePass): Tensor {
    const { sizes, sizes: { rows, headDim } } = this
    const { tape } = scope
    tape.module = 'vision_tower'
    output(scope, shape(rows, dimension('2', 2)), INDEX_SIZE, 'positions of patches')
    tape.module = 'patch_embed'
    const patches = patchConvolution(scope, pixels, this.weight, this.bias, this.stream)
    const normed = this.firstNorm.apply(scope, patches)
    scope.drop(patches)
    tape.module = 'rotary_pos_emb'
    const [cos, sin] = ['cos', 'sin'].map((role) => output(scope, shape(rows, headDim), 4, role)) as [Tensor, Tensor]
    let x = this.addPositions(scope, normed)
    scope.drop(normed)
    const chunks: Chunks = { lengths: sizes.images, heads: sizes.heads, headDim }
    const shared: Storage[] = [cos.storage, sin.storage]
    this.blocks.forEach((block, i) => {
      const next = pass.blocks.outside(scope, x, { forward: (inner, t) => block.forward(inner, t, { cos, sin }, chunks) }, i, sizes.trained, shared)
      scope.drop(x)
      x = next
    })
    const last = this.lastNorm.apply(scope, x)
    scope.drop(x)
    return last
  }

  /** Glm4vVisionEmbeddings: F.grid_sample of the table, in fp32, at every patch's place. */
  private addPositions (caller: Scope, x: Tensor): Tensor {
    const scope = new Scope(caller.tape)
    const { tape } = caller
    const { rows } = this.sizes
    tape.module = 'position_embedding'
    const table = cast(scope, this.table, 4, 'table in fp32')
    for (const role of ['places in the batch', 'images of patches']) output(scope, shape(rows), INDEX_SIZE, role)
    for (const role of ['height', 'width', 'places across', 'places down']) output(scope, shape(rows), 4, role)
    const places = output(scope, shape(rows, dimension('2', 2)), 4, 'places in the table')
    const sampled = gridSample(scope, table, places, this.stream)
    const narrow = cast(scope, sampled, this.table.elementSize, 'positions')
    return scope.return(add(scope, x, narrow, 'patches and positions'), caller)
  }
}

/** F.grid_sample: keeps picture and places; backward adds into zeros and fills a gradient of the places that nobody takes (GridSampler.cu grid_sampler_2d_backward). */
function gridSample (scope: Scope, picture: Tensor, places: Tensor, extent: Shape): Tensor {
  const { tape } = scope
  const node = needsGrad(tape, picture)
    ? new GradNode(tape, [edgeOf(picture)], [picture.storage, places.storage], () => {
      const made = gradient(tape, picture.shape, 4)
      tape.transient([places.shape, 4, 'gradient of the places'])
      return [made]
    })
    : null
  return output(scope, extent, 4, 'sampled positions', node)
}

/** Tokens after the convolution, and the widths of the merger. */
export interface GlmMergerSizes extends Pick<PackedSizes, 'width'> {
  readonly tokens: PackedSizes['rows']
  readonly out: PackedSizes['rows']
  readonly inner: PackedSizes['rows']
}

/** Glm4vVisionPatchMerger with the convolution before it, which makes one token of four patches. */
export class GlmMerger {
  private readonly out: Shape
  private readonly weight: Parameter
  private readonly bias: Parameter
  private readonly norm: TowerNorm
  private readonly first: Projection
  private readonly mlp: readonly [gate: Projection, up: Projection, down: Projection]

  constructor (builder: ModelBuilder, { tokens, width, out, inner }: GlmMergerSizes) {
    this.out = shape(tokens, out)
    this.first = builder.linear('proj', out, out, this.out, false)
    this.norm = new TowerNorm(builder, 'layer-norm', 'post_projection_norm', shape(out), shape(tokens))
    const up = (name: string): Projection => builder.linear(name, inner, out, shape(tokens, inner), false)
    this.mlp = [up('gate_proj'), up('up_proj'), builder.linear('down_proj', out, inner, this.out, false)]
    const two = dimension('merge', 2)
    this.weight = builder.base('downsample', shape(out, width, two, two))
    this.bias = builder.base('downsample', shape(out), 'bias')
  }

  downsample (scope: Scope, x: Tensor): Tensor {
    scope.tape.module = 'downsample'
    return patchConvolution(scope, x, this.weight, this.bias, this.out, true)
  }

  apply (caller: Scope, x: Tensor): Tensor {
    const scope = new Scope(caller.tape)
    const projected = this.first.apply(scope, x)
    const normed = this.norm.apply(scope, projected)
    scope.tape.module = 'merger'
    const activated = activate(scope, normed, 'gelu')
    scope.drop(projected, normed)
    return scope.return(gatedMlp(scope, activated, ...this.mlp, false), caller)
  }
}
