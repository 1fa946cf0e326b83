import { dimension, Leaf, Scope, shape, Tensor, type Shape, type Storage } from '../../tape/index.ts'
import { activate } from '../activations.ts'
import type { ModelBuilder } from '../builder.ts'
import { add, cast, output, sliceCopy } from '../elementwise.ts'
import type { Parameter } from '../linear.ts'
import type { Projection } from '../projection.ts'
import { concatenate, slice } from '../views.ts'
import { encoderExtents, type EncoderExtents } from './encoderBlock.ts'
import { expandToken } from './internTower.ts'
import { Llama4VisionBlock } from './llama4Block.ts'
import { TowerNorm } from './norm.ts'
import type { ImageInput, ImagePass } from './part.ts'
import type { SizedTower } from './sizes.ts'
import { dropGraph } from './unusedGraph.ts'

/** Llama4VisionModel (llama4/modeling_llama4.py): patches by unfold and a linear layer, a class token after them, four shuffled into one of an adapter's. */
export class Llama4Tower {
  readonly pixels: ImageInput
  private readonly builder: ModelBuilder
  private readonly trained: boolean
  private readonly extents: EncoderExtents
  private readonly patches: Shape
  private readonly unfolded: Shape
  private readonly embedding: Projection
  private readonly classToken: Parameter
  private readonly positions: Parameter
  private readonly table: Storage
  private readonly tableShape: Shape
  private readonly norms: readonly [TowerNorm, TowerNorm]
  private readonly blocks: readonly Llama4VisionBlock[]
  private readonly adapter: readonly [Projection, Projection]

  constructor (builder: ModelBuilder, size: SizedTower & { readonly imageSize: number, readonly mergerOutputSize: number }, images: number, trained: boolean) {
    const { layers, hiddenSize, intermediateSize, heads, patchSize, imageSize, mergerOutputSize } = size
    const patches = Math.floor(imageSize / patchSize) ** 2
    const [n, c, side, raw] = [dimension('n', images), dimension('c', hiddenSize), dimension('side', imageSize), dimension('3·patch²', 3 * patchSize ** 2)]
    const [p, t, four, o] = [dimension('p', patches), dimension('t', patches / 4), dimension('4c', 4 * hiddenSize), dimension('out', mergerOutputSize)]
    const { run: { plan } } = builder
    this.builder = builder
    this.trained = trained
    this.patches = shape(n, p, c)
    this.unfolded = shape(n, p, raw)
    this.extents = encoderExtents({ images, patches: patches + 1, hiddenSize, intermediateSize, heads, activation: 'gelu' })
    // The model leaves their type alone: without autocast they must come in that of the weights.
    const elementSize = plan.precision.autocast === 'none' ? builder.weightSize : 4
    this.pixels = { role: 'pixel_values', shape: shape(n, dimension('rgb', 3), side, side), elementSize, storage: null }
    this.tableShape = shape(dimension('positions', patches + 1), dimension('d', hiddenSize / heads))
    this.table = builder.buffer('rotary_embedding', this.tableShape, 4, 'complex table')
    const norm = (name: string): TowerNorm => new TowerNorm(builder, 'layer-norm', name, shape(c), this.extents.rows)
    const before = <T>(make: () => T): T => plan.runtime.checkpointing === 'reentrant' ? builder.withoutGradients(make) : make()
    this.blocks = before(() => Array.from({ length: layers }, () => new Llama4VisionBlock(builder, this.extents)))
    this.classToken = before(() => builder.base('class_embedding', shape(c)))
    this.positions = before(() => builder.base('positional_embedding_vlm', shape(dimension('positions', patches + 1), c)))
    this.norms = [before(() => norm('layernorm_pre')), norm('layernorm_post')]
    this.embedding = builder.withRows([n, p], () => before(() => builder.linear('linear', c, raw, this.patches, false)))
    const merged = shape(n, t, o)
    this.adapter = builder.withRows([n, t], () => [builder.linear('fc1', o, four, merged, false), builder.linear('fc2', o, o, merged, false)])
  }

  /** [n, t, out] of the adapter. */
  forward (caller: Scope, pass: ImagePass): Tensor {
    const scope = new Scope(caller.tape)
    const { tape } = caller
    // The encoder calls its layers by keyword, which torch's reentrant checkpoint does not see: what they make has no gradient.
    const cuts = tape.gradEnabled && this.builder.run.plan.runtime.checkpointing === 'reentrant'
    const { entered, leaf } = this.embed(scope, pass, cuts)
    let x = entered
    const cos = new Tensor(this.table, this.tableShape, 4, false)
    if (cuts) tape.gradEnabled = false
    this.blocks.forEach((block, i) => {
      const next = pass.blocks.outside(scope, x, { forward: (inner, t) => block.forward(inner, t, { cos, sin: cos }) }, i, this.trained, [this.table])
      // The model's frame holds what enters the blocks until they are done.
      if (x !== entered) scope.drop(x)
      x = next
    })
    scope.drop(entered)
    if (cuts) {
      tape.gradEnabled = true
      dropGraph(tape, entered, x)
      if (leaf) tape.release(leaf)
    }
    const normed = this.norms[1].apply(scope, x)
    tape.module = 'pixel_shuffle'
    const patches = slice(scope, normed, this.patches)
    const inner = new Scope(tape)
    const first = sliceCopy(inner, patches, patches.shape, 'patches, halved across')
    const shuffled = sliceCopy(inner, first, patches.shape, 'patches, halved down')
    inner.drop(first)
    return scope.return(this.adapt(inner, shuffled, scope), caller)
  }

  private adapt (scope: Scope, x: Tensor, caller: Scope): Tensor {
    const { tape } = scope
    const [first, second] = this.adapter
    const raised = first.apply(scope, x)
    tape.module = 'vision_adapter'
    const activated = activate(scope, raised, 'gelu')
    scope.drop(raised)
    const out = second.apply(scope, activated)
    tape.module = 'vision_adapter'
    return scope.return(activate(scope, out, 'gelu'), caller)
  }

  /** `leaf`: what a graph that goes before the backward pass holds. */
  private embed (caller: Scope, { blocks, leaves }: ImagePass, cuts: boolean): { readonly entered: Tensor, readonly leaf: Storage | null } {
    const scope = new Scope(caller.tape)
    const { tape } = caller
    const { plan } = this.builder.run
    tape.module = 'patch_embedding'
    const unfolded = output(scope, this.unfolded, this.pixels.elementSize, 'unfolded pixels')
    unfolded.tokensLast = true
    const patches = this.embedding.apply(scope, unfolded)
    scope.drop(unfolded)
    let leaf: Storage | null = null
    if (tape.gradEnabled && plan.runtime.checkpointing !== 'none' && !patches.requiresGrad) {
      patches.requiresGrad = true
      patches.leaf = new Leaf()
      if (cuts) leaf = tape.retain(patches.storage)
      else {
        leaves.push(patches.leaf)
        blocks.keep(patches.storage)
      }
    }
    tape.module = 'embeddings'
    const token = expandToken(scope, this.classToken)
    const joined = concatenate(scope, [patches, token], this.extents.stream, 'patches and class token')
    scope.drop(patches, token)
    const positions = cast(scope, this.positions, joined.elementSize, 'positions')
    const placed = add(scope, joined, positions, 'patches and positions')
    scope.drop(joined)
    return { entered: scope.return(this.norms[0].apply(scope, placed), caller), leaf }
  }
}
