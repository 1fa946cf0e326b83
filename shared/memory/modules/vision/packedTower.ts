import type { Tensor } from '../../tape/index.ts'
import { dimension, edgeOf, GradNode, Leaf, Scope, shape, type Shape, type Storage } from '../../tape/index.ts'
import type { Dimension } from '../../result.ts'
import type { ModelBuilder } from '../builder.ts'
import type { RotaryTables } from '../decoder.ts'
import { add, cast, multiply, needsGrad, output } from '../elementwise.ts'
import { INDEX_SIZE, select } from '../indexing.ts'
import type { Parameter } from '../linear.ts'
import type { Chunks } from './chunkedAttention.ts'
import { patchConvolution } from './convolution.ts'
import { PackedBlock, type PackedSizes } from './packedBlock.ts'
import type { ImageInput, ImagePass } from './part.ts'

export interface PackedTowerSizes extends PackedSizes {
  readonly layers: number
  readonly patchSize: number
  /** Patches of every image. */
  readonly images: readonly number[]
  /** Patches of every window; null: every block sees whole images. */
  readonly windows: readonly number[] | null
  /** Blocks that see whole images although others see windows. */
  readonly seesAll: (layer: number) => boolean
  /** Rows of a table of positions that is resampled to the image; null without one. */
  readonly positions: number | null
  readonly convolutionBias: boolean
  /** enable_input_require_grads finds the patch embedding (_input_embed_layer). */
  readonly isHooked: boolean
  readonly trained: boolean
}

/** Patches in a window are merged into tokens of four. */
const MERGED = 4

/** The vision transformers of Qwen2-VL, Qwen2.5-VL and Qwen3-VL: patches of all images end to end. */
export class PackedTower {
  readonly pixels: ImageInput
  private readonly builder: ModelBuilder
  private readonly sizes: PackedTowerSizes
  private readonly stream: Shape
  private readonly weight: Parameter
  private readonly bias: Parameter | null
  private readonly positions: Parameter | null
  private readonly blocks: readonly PackedBlock[]

  constructor (builder: ModelBuilder, sizes: PackedTowerSizes) {
    const { rows, width: c, patchSize, headDim } = sizes
    this.builder = builder
    this.sizes = sizes
    this.stream = shape(rows, c)
    const [rgb, t, p] = [dimension('rgb', 3), dimension('t', 2), dimension('patch', patchSize)]
    this.pixels = { role: 'pixel_values', shape: shape(rows, dimension('3·2·patch²', 6 * patchSize ** 2)), elementSize: 4, storage: null }
    this.weight = builder.base('patch_embed', shape(c, rgb, t, p, p))
    this.bias = sizes.convolutionBias ? builder.base('patch_embed', shape(c), 'bias') : null
    this.positions = sizes.positions ? builder.base('pos_embed', shape(dimension('positions', sizes.positions), c)) : null
    for (const role of ['inverse frequencies', 'original inverse frequencies']) builder.buffer('rotary_pos_emb', shape(dimension('d/4', headDim.size / 4)), 4, role)
    this.blocks = Array.from({ length: sizes.layers }, () => new PackedBlock(builder, sizes))
  }

  /** The last hidden states, the tower's locals in `scope`; `after`: what the tower's frame does with a block's output. */
  forward (scope: Scope, pixels: Tensor, pass: ImagePass, after: (layer: number, x: Tensor) => void): { readonly last: Tensor, readonly order: Tensor | null } {
    const { sizes, builder: { run } } = this
    const { tape } = run
    const index = sizes.windows ? this.integers(scope, shape(dimension('tokens', sizes.rows.size / MERGED)), 'order of windows') : null
    const interpolation = this.positions && this.interpolation(scope)
    this.integers(scope, shape(sizes.rows, dimension('2', 2)), 'positions of patches')
    let x = this.embed(scope, pixels, pass)
    if (this.positions && interpolation) {
      const embedded = x
      x = this.addPositions(scope, embedded, this.positions, interpolation)
      scope.drop(embedded)
    }
    if (index) {
      const patches = x
      x = select(scope, patches, index, this.stream, 'patches by window')
      scope.drop(patches)
    }
    const tables = this.rotaryTables(scope, index)
    const whole: Chunks = { lengths: sizes.images, heads: sizes.heads, headDim: sizes.headDim }
    const windowed: Chunks = { ...whole, lengths: sizes.windows ?? sizes.images }
    const shared: Storage[] = [tables.cos.storage, tables.sin.storage]
    this.blocks.forEach((block, i) => {
      const chunks = sizes.seesAll(i) ? whole : windowed
      const next = pass.blocks.outside(scope, x, { forward: (inner, t) => block.forward(inner, t, tables, chunks) }, i, sizes.trained, shared)
      scope.drop(x)
      x = next
      after(i, x)
    })
    tape.module = 'vision_tower'
    return { last: x, order: index && this.integers(scope, index.shape, 'order of patches') }
  }

  private embed (scope: Scope, pixels: Tensor, { blocks, leaves }: ImagePass): Tensor {
    const { sizes, builder: { run } } = this
    const { tape, plan } = run
    tape.module = 'patch_embed'
    const patches = patchConvolution(scope, pixels, this.weight, this.bias, this.stream)
    if (sizes.isHooked && tape.gradEnabled && plan.runtime.checkpointing !== 'none' && !patches.requiresGrad) {
      patches.requiresGrad = true
      patches.leaf = new Leaf()
      leaves.push(patches.leaf)
      blocks.keep(patches.storage)
    }
    return patches
  }

  private integers (scope: Scope, extent: Shape, role: string): Tensor {
    scope.tape.module = 'vision_tower'
    return output(scope, extent, INDEX_SIZE, role)
  }

  private interpolation (scope: Scope): { readonly indices: Tensor, readonly weights: Tensor } {
    const extent = shape(this.sizes.rows, dimension('4', 4))
    return { indices: this.integers(scope, extent, 'neighbours in the table'), weights: output(scope, extent, 4, 'weights of the neighbours') }
  }

  /** (pos_embed(indices) · weights).sum(1): four rows of the table for every patch, in fp32. */
  private addPositions (caller: Scope, x: Tensor, table: Parameter, { indices, weights }: ReturnType<PackedTower['interpolation']>): Tensor {
    const { tape } = caller
    const { rows, width } = this.sizes
    tape.module = 'pos_embed'
    const scope = new Scope(tape)
    const extent = shape(rows, dimension('4', 4), width)
    const node = needsGrad(tape, table) ? new GradNode(tape, [table.leaf], [indices.storage], () => [tape.allocate(table.shape, table.elementSize, 'weight gradient', 'gradients')]) : null
    const gathered = output(scope, extent, table.elementSize, 'neighbours', node)
    const weighted = multiply(scope, gathered, weights, 'weighted neighbours')
    scope.drop(gathered)
    const sum = sumNeighbours(caller, weighted, this.stream)
    scope.close()
    const narrow = cast(caller, sum, x.elementSize, 'positions')
    const result = add(caller, x, narrow, 'patches and positions')
    if (narrow !== sum) caller.drop(narrow)
    return result
  }

  /** cos and sin of every patch in fp32; reordered where windows are. */
  private rotaryTables (scope: Scope, index: Tensor | null): RotaryTables {
    const { sizes: { rows, headDim } } = this
    const { tape } = scope
    tape.module = 'rotary_pos_emb'
    const extent = shape(rows, headDim)
    const make = (role: string): Tensor => output(scope, extent, 4, role)
    const [cos, sin] = [make('cos'), make('sin')]
    if (!index) return { cos, sin }
    const [orderedCos, orderedSin] = [make('cos by window'), make('sin by window')]
    scope.drop(cos, sin)
    return { cos: orderedCos, sin: orderedSin }
  }
}

/** x.sum(1): backward expands a view. */
function sumNeighbours (scope: Scope, x: Tensor, extent: Shape): Tensor {
  const { tape } = scope
  const node = needsGrad(tape, x) ? new GradNode(tape, [edgeOf(x)], [], (g) => [tape.retain(g)]) : null
  return output(scope, extent, 4, 'sum of the neighbours', node)
}

/** Lengths of the windows that an image of `across` × `down` merged tokens falls into, in patches (vision_utils.py get_vision_window_index). */
export function windowLengths (down: number, across: number, side: number): number[] {
  const lengths: number[] = []
  for (let y = 0; y < down; y += side) {
    for (let x = 0; x < across; x += side) lengths.push(MERGED * Math.min(side, down - y) * Math.min(side, across - x))
  }
  return lengths
}

export const packedRows = (images: readonly number[]): Dimension => dimension('m', images.reduce((sum, n) => sum + n, 0))
