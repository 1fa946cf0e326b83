import { dimension, edgeOf, GradNode, Leaf, Scope, shape, Tensor, type Shape } from '../../tape/index.ts'
import type { ModelBuilder } from '../builder.ts'
import { add, gradient, needsGrad, output } from '../elementwise.ts'
import type { Parameter } from '../linear.ts'
import { concatenate } from '../views.ts'
import { patchConvolution } from './convolution.ts'
import { encoderExtents, type EncoderExtents } from './encoderBlock.ts'
import { InternBlock, type InternHabits } from './internBlock.ts'
import type { ImageInput, ImagePass } from './part.ts'
import type { SizedTower } from './sizes.ts'
import { patchesFirst } from './stream.ts'

/** InternVLVisionModel (internvl/modeling_internvl.py): a class token, absolute positions, no norm at the end. */
export class InternTower {
  readonly pixels: ImageInput
  readonly extents: EncoderExtents
  private readonly builder: ModelBuilder
  private readonly trained: boolean
  private readonly patches: Shape
  private readonly classToken: Parameter
  private readonly weight: Parameter
  private readonly bias: Parameter
  private readonly positions: Parameter
  private readonly blocks: readonly InternBlock[]

  constructor (builder: ModelBuilder, { layers, hiddenSize, intermediateSize, heads, patchSize, imageSize = 448 }: SizedTower, images: number, habits: InternHabits, trained: boolean) {
    const patches = Math.floor(imageSize / patchSize) ** 2
    const [n, c, p, side] = [dimension('n', images), dimension('c', hiddenSize), dimension('patch', patchSize), dimension('side', imageSize)]
    this.builder = builder
    this.trained = trained
    this.patches = shape(n, dimension('p', patches), c)
    this.extents = encoderExtents({ images, patches: patches + 1, hiddenSize, intermediateSize, heads, activation: 'gelu' })
    this.pixels = { role: 'pixel_values', shape: shape(n, dimension('rgb', 3), side, side), elementSize: 4, storage: null }
    this.classToken = builder.base('cls_token', shape(c))
    this.weight = builder.base('patch_embeddings', shape(c, dimension('rgb', 3), p, p))
    this.bias = builder.base('patch_embeddings', shape(c), 'bias')
    this.positions = builder.base('position_embeddings', shape(dimension('positions', patches + 1), c))
    this.blocks = Array.from({ length: layers }, () => new InternBlock(builder, this.extents, habits))
  }

  forward (caller: Scope, pass: ImagePass): Tensor {
    const scope = new Scope(caller.tape)
    // The tower's frame holds what enters the blocks.
    let x = scope.alias(this.embed(scope, pass))
    this.blocks.forEach((block, i) => {
      const next = pass.blocks.outside(scope, x, block, i, this.trained)
      scope.drop(x)
      x = next
    })
    return scope.return(x, caller)
  }

  private embed (caller: Scope, { blocks, leaves }: ImagePass): Tensor {
    const scope = new Scope(caller.tape)
    const { tape } = caller
    const { plan } = this.builder.run
    tape.module = 'patch_embeddings'
    const { shape: extent, elementSize, storage } = this.pixels
    // Made by get_image_features, whose frame holds them.
    const pixels = elementSize === this.weight.elementSize ? caller.own(new Tensor(tape.retain(storage!), extent, elementSize, false)) : output(caller, extent, this.weight.elementSize, 'pixels in the weights’ type')
    const convolved = patchConvolution(scope, pixels, this.weight, this.bias, this.patches)
    const patches = patchesFirst(scope, convolved, this.patches)
    scope.drop(convolved)
    if (tape.gradEnabled && plan.runtime.checkpointing !== 'none' && !patches.requiresGrad) {
      patches.requiresGrad = true
      patches.leaf = new Leaf()
      patches.leaf.beforeGrad = () => { tape.transient([this.patches, patches.elementSize, 'gradient in the layout of the patches']) }
      leaves.push(patches.leaf)
      blocks.keep(patches.storage)
    }
    tape.module = 'embeddings'
    const token = expandToken(scope, this.classToken)
    const joined = concatenate(scope, [token, patches], this.extents.stream, 'class token and patches')
    scope.drop(patches, token)
    return scope.return(add(scope, joined, this.positions, 'patches and positions'), caller)
  }
}

/** token.expand(n, 1, c): a view, whose gradient is summed down. */
export function expandToken (scope: Scope, token: Parameter): Tensor {
  const { tape } = scope
  const node = needsGrad(tape, token) ? new GradNode(tape, [edgeOf(token)], [], () => [gradient(tape, token.shape, token.elementSize)]) : null
  tape.retain(token.storage)
  return scope.own(new Tensor(token.storage, token.shape, token.elementSize, node !== null, node))
}
