import { dimension, Leaf, Scope, shape, Tensor, type Shape } from '../../tape/index.ts'
import type { ModelBuilder } from '../builder.ts'
import { output } from '../elementwise.ts'
import { concatenate } from '../views.ts'
import type { Parameter } from '../linear.ts'
import type { Run } from '../run.ts'
import { EncoderBlock, encoderExtents, type EncoderExtents, type EncoderSizes } from './encoderBlock.ts'
import type { ImageInput, ImagePass } from './part.ts'
import { patchConvolution } from './convolution.ts'
import { addToStream, patchesFirst, positionRows, streamLayerNorm } from './stream.ts'

export interface PatchTowerSizes extends Omit<EncoderSizes, 'patches'> {
  readonly layers: number
  readonly patchSize: number
  /** Pixels along the sides. */
  readonly height: number
  readonly width: number
  /** Positions in the table, without the class token's. */
  readonly positions: number
  /** CLIP: a class token before the patches, a norm before the blocks, no bias in the convolution. */
  readonly isClip: boolean
  /** Every block's input is kept for the caller (output_hidden_states). */
  readonly keepsStates: boolean
  /** Blocks at the end, and the norm after them, whose output nobody uses. */
  readonly unused: number
  readonly trained: boolean
  /** Idefics3: positions are looked up for every image, padding left out by a mask of pixels; enable_input_require_grads hooks what the embeddings put out. */
  readonly isPadded?: boolean
}

/** What a pass over the images returns: the last hidden states, and those of every block where they are asked for. */
export interface TowerOutput {
  readonly last: Tensor
  readonly states: readonly Tensor[]
}

/** SiglipVisionModel and CLIPVisionModel of transformers, in the statement order of their files. */
export class PatchTower {
  readonly extents: EncoderExtents
  readonly pixels: ImageInput
  /** Where padding is marked, one integer a pixel. */
  readonly pixelMask: ImageInput
  private readonly run: Run
  private readonly sizes: PatchTowerSizes
  private readonly patches: Shape
  private readonly patchWeights: readonly [Parameter, Parameter | null]
  private readonly classToken: Parameter | null
  private readonly positions: Parameter
  private readonly preNorm: readonly [Parameter, Parameter] | null
  private readonly postNorm: readonly [Parameter, Parameter]
  private readonly blocks: readonly EncoderBlock[]

  constructor (builder: ModelBuilder, sizes: PatchTowerSizes) {
    const { images, hiddenSize, patchSize, height, width, isClip } = sizes
    const grid = [Math.floor(height / patchSize), Math.floor(width / patchSize)] as const
    const patches = grid[0] * grid[1]
    const [n, c, p] = [dimension('n', images), dimension('c', hiddenSize), dimension('patch', patchSize)]
    const extra = isClip ? 1 : 0
    this.run = builder.run
    this.sizes = sizes
    this.extents = encoderExtents({ ...sizes, patches: patches + extra })
    this.patches = shape(n, dimension('p', patches), c)
    this.pixels = { role: 'pixel_values', shape: shape(n, dimension('rgb', 3), dimension('height', height), dimension('width', width)), elementSize: 4, storage: null }
    this.pixelMask = { role: 'pixel_attention_mask', shape: shape(n, dimension('height', height), dimension('width', width)), elementSize: 8, storage: null }
    const norm = (name: string): readonly [Parameter, Parameter] => [builder.base(name, shape(c)), builder.base(name, shape(c), 'bias')]
    this.classToken = isClip ? builder.base('class_embedding', shape(c)) : null
    this.patchWeights = [builder.base('patch_embedding', shape(c, dimension('rgb', 3), p, p)), isClip ? null : builder.base('patch_embedding', shape(c), 'bias')]
    this.positions = builder.base('position_embedding', shape(dimension('positions', sizes.positions + extra), c))
    if (!sizes.isPadded) builder.buffer('position_embedding', shape(dimension('positions', sizes.positions + extra)), 8, 'position_ids')
    this.preNorm = isClip ? norm('pre_layrnorm') : null
    const block = (_: unknown, i: number): EncoderBlock => new EncoderBlock(builder, { ...sizes, patches: patches + extra }, this.extents, i === sizes.layers - sizes.unused - 1)
    const used = Array.from({ length: sizes.layers - sizes.unused }, block)
    this.blocks = [...used, ...builder.withoutGradients(() => Array.from({ length: sizes.unused }, block))]
    this.postNorm = isClip || sizes.keepsStates ? builder.withoutGradients(() => norm('post_layernorm')) : norm('post_layernorm')
  }

  /** `prepared`: the pixels where they are not taken as they are loaded. */
  forward (caller: Scope, pass: ImagePass, prepared: Tensor | null = null): TowerOutput {
    const scope = new Scope(caller.tape)
    const { tape } = caller
    const { sizes: { isClip, keepsStates, trained }, extents: { rows } } = this
    let entered = this.embed(scope, pass, prepared)
    if (this.preNorm) {
      tape.module = 'pre_layrnorm'
      const embedded = entered
      entered = streamLayerNorm(scope, embedded, ...this.preNorm, rows)
      scope.drop(embedded)
    }
    const states: Tensor[] = []
    const keep = (stream: Tensor): void => {
      const state = caller.alias(stream)
      state.tokensLast = stream.tokensLast
      states.push(state)
    }
    let x = scope.alias(entered)
    x.tokensLast = entered.tokensLast
    this.blocks.forEach((block, i) => {
      if (keepsStates) keep(x)
      const next = pass.blocks.outside(scope, x, block, i, trained)
      scope.drop(x)
      x = next
    })
    if (keepsStates) keep(x)
    tape.module = 'post_layernorm'
    if (isClip) {
      // Of the class token, for a pooled output that nobody uses but that is returned.
      const { dimensions: [n,, c] } = this.extents.stream
      scope.hand(output(scope, shape(n!, c!), x.elementSize, 'pooled output'), caller)
      return { last: scope.return(x, caller), states }
    }
    return { last: scope.return(streamLayerNorm(scope, x, ...this.postNorm, rows), caller), states }
  }

  /** SiglipVisionEmbeddings and CLIPVisionEmbeddings. */
  private embed (caller: Scope, { blocks, leaves }: ImagePass, prepared: Tensor | null): Tensor {
    const scope = new Scope(caller.tape)
    const { tape } = caller
    const { plan } = this.run
    const [weight, bias] = this.patchWeights
    const { stream } = this.extents
    tape.module = 'patch_embedding'
    const input = prepared ? scope.alias(prepared) : this.narrowPixels(scope, weight.elementSize)
    const patches = patchConvolution(scope, input, weight, bias, this.patches)
    scope.drop(input)
    // enable_input_require_grads hooks the embedding of every submodel: a frozen tower's patches get a gradient too.
    const asks = tape.gradEnabled && plan.runtime.checkpointing !== 'none'
    if (asks && !this.sizes.isPadded && !patches.requiresGrad) {
      patches.requiresGrad = true
      patches.leaf = new Leaf()
      patches.leaf.beforeGrad = () => { tape.transient([this.patches, patches.elementSize, 'gradient in the layout of the patches']) }
      leaves.push(patches.leaf)
      blocks.keep(patches.storage)
    }
    let embedded = patchesFirst(scope, patches, this.patches)
    scope.drop(patches)
    tape.module = 'embeddings'
    if (this.classToken) {
      const joined = concatenate(scope, [embedded], stream, 'class token and patches')
      scope.drop(embedded)
      embedded = joined
    }
    const indices = this.sizes.isPadded ? output(scope, this.extents.rows, 8, 'positions of patches') : null
    const positions = positionRows(scope, this.positions, indices ? stream : shape(dimension('1', 1), ...stream.dimensions.slice(1)), indices)
    tape.module = 'embeddings'
    const sum = addToStream(scope, embedded, positions, 'patches and positions')
    if (asks && this.sizes.isPadded && !sum.requiresGrad) {
      sum.requiresGrad = true
      sum.leaf = new Leaf()
      leaves.push(sum.leaf)
      blocks.keep(sum.storage)
    }
    return scope.return(sum, caller)
  }

  /** pixel_values.to(the weight's type); the pixels themselves are the data loader's. */
  private narrowPixels (scope: Scope, elementSize: number): Tensor {
    const { shape: extent, elementSize: size, storage } = this.pixels
    if (size === elementSize) return scope.own(new Tensor(scope.tape.retain(storage!), extent, size, false))
    return output(scope, extent, elementSize, 'pixels in the weights’ type')
  }
}
