import type { Architecture } from '../../../architecture/architecture.ts'
import { dimension, Scope, shape, Tensor, type Shape } from '../../tape/index.ts'
import type { ModelBuilder } from '../builder.ts'
import { cast, output, sliceCopy } from '../elementwise.ts'
import { slice } from '../views.ts'
import type { TowerActivation } from './encoderBlock.ts'
import { encoderLinears } from './encoderBlock.ts'
import { trainsProjector, trainsTower, type Images } from './images.ts'
import { placeholders, scatterImages } from './merge.ts'
import type { ImageModel, ImagePart } from './part.ts'
import { dropGraph } from './unusedGraph.ts'
import { PatchTower, type TowerOutput } from './patchTower.ts'
import { gridSide, sizedTower, type SizedTower } from './sizes.ts'

/** What stands between the tower and the language model. */
export interface Projector {
  /** The image vectors in the language model's width. */
  apply (scope: Scope, vectors: Tensor): Tensor
}

export interface ProjectorExtents {
  readonly tower: SizedTower
  /** [n, p, c] of what the tower hands over. */
  readonly vectors: Shape
  /** Images, and vectors of each in the language model. */
  readonly images: number
  readonly tokens: number
  /** Rows of the tower's batch that one image makes. */
  readonly rows: number
}

export interface WholeImageSpec {
  readonly source: string
  readonly activation: TowerActivation
  readonly isClip?: boolean
  readonly masks?: boolean
  /** The vectors of all images are taken apart by image and joined again (LLaVA). */
  readonly rejoins?: boolean
  /** All hidden states are kept while the language model runs, and this one is used, counted from the end; absent: the last, normed. */
  readonly stateFromEnd?: number
  /** Tokens that the projector makes of one row of the tower's batch. */
  tokens (tower: SizedTower, images: Images): number
  /** Rows of the tower's batch that one image makes: tiles, and the whole. Absent: one. */
  readonly rows?: (tower: SizedTower, images: Images) => number
  /** Padding is marked and images of padding are left out (Idefics3). */
  readonly isPadded?: boolean
  /** Pixels along a row's sides where not the tower's own. */
  readonly side?: (tower: SizedTower) => number
  readonly projectorLinears: ImagePart['projectorLinears']
  makeProjector (builder: ModelBuilder, extents: ProjectorExtents, images: Images): Projector
  /** Tokens of an image where not those of its rows (LLaVA-NeXT). */
  readonly imageTokens?: (tower: SizedTower, images: Images) => number
  /** The tiles of all images are joined in one tensor before the tower sees them. */
  readonly joinsTiles?: boolean
  /** Integers and masks per token that the model's frame makes before the language model runs, in bytes per token. */
  readonly tokenBytes?: number
}

/** Models that resize every image to the one size of a SigLIP or CLIP tower, one pass of which is one row of its batch. */
export function wholeImagePart (spec: WholeImageSpec): ImagePart {
  return {
    kinds: [spec.isClip ? 'clip' : 'siglip'],
    source: spec.source,
    masks: spec.masks ?? false,
    imageTokens: (a, images) => spec.imageTokens?.(sizedTower(a)!, images) ?? spec.tokens(sizedTower(a)!, images) * (spec.rows?.(sizedTower(a)!, images) ?? 1),
    towerLinears: (a) => encoderLinears(a.vision!.hiddenSize!, a.vision!.intermediateSize!),
    projectorLinears: spec.projectorLinears,
    build: (builder, images) => build(spec, builder, images)
  }
}

function build (spec: WholeImageSpec, builder: ModelBuilder, images: Images | null): ImageModel {
  const { run } = builder
  const { architecture, plan } = run
  const size = sizedTower(architecture)!
  const count = images ? images.perSample * run.batch.size * (spec.rows?.(size, images) ?? 1) : 0
  const side = spec.side?.(size) ?? size.imageSize ?? gridSide(size) * size.patchSize
  const patches = Math.floor(side / size.patchSize) ** 2
  const extra = spec.isClip ? 1 : 0
  const [n, p, c] = [dimension('n', count), dimension('p', patches + extra), dimension('c', size.hiddenSize)]
  const trained = trainsTower(plan)
  const tower = builder.beside(trained, encoderLinears(size.hiddenSize, size.intermediateSize).keys(), [n, p], () => new PatchTower(builder, {
    images: count, hiddenSize: size.hiddenSize, intermediateSize: size.intermediateSize, heads: size.heads, activation: spec.activation,
    layers: size.layers, patchSize: size.patchSize, height: side, width: side, positions: patches,
    isClip: spec.isClip ?? false, isPadded: spec.isPadded ?? false, keepsStates: spec.stateFromEnd !== undefined, unused: (spec.stateFromEnd ?? 1) - 1, trained
  }))
  const tokens = spec.tokens(size, images ?? { perSample: 1, height: side, width: side })
  const extents: ProjectorExtents = { tower: size, vectors: shape(n, dimension('p', patches), c), images: count, tokens, rows: images ? spec.rows?.(size, images) ?? 1 : 1 }
  const projector = builder.beside(trainsProjector(plan), spec.projectorLinears(architecture).keys(), [n, dimension('t', tokens)], () => spec.makeProjector(builder, extents, images ?? { perSample: 1, height: side, width: side }))
  return {
    inputs: images ? [tower.pixels, ...spec.isPadded ? [tower.pixelMask] : [], ...spec.masks ? [{ role: 'token_type_ids', shape: run.ids, elementSize: 8, storage: null }] : []] : [],
    merge: (caller, embedded, pass) => {
      const { tape } = run
      const scope = new Scope(tape)
      const joined = spec.joinsTiles ? scope.own(new Tensor(tape.allocate(tower.pixels.shape, tower.pixels.elementSize, 'pixels of all tiles'), tower.pixels.shape, tower.pixels.elementSize, false)) : null
      const prepared = spec.isPadded ? withoutPadding(scope, tower, embedded.elementSize) : null
      const { last, states } = tower.forward(scope, pass, prepared?.[0] ?? (joined?.elementSize === embedded.elementSize ? joined : null))
      const vectors = selected(scope, spec, { last, states }, extents)
      let features = projector.apply(scope, vectors)
      scope.drop(vectors)
      if (prepared) scope.drop(...prepared)
      if (joined) scope.drop(joined)
      tape.module = 'projector'
      if (spec.rejoins) features = sliceCopy(scope, features, features.shape, 'image vectors')
      const typed = caller.alias(cast(scope, features, embedded.elementSize, 'image vectors'))
      if (typed.storage !== features.storage && spec.rejoins) scope.drop(features)
      run.imageOutput = typed
      const mask = placeholders(scope, run)
      const hidden = scatterImages(caller, embedded, mask, typed)
      // What the tower returned stays in the outputs that the model's frame holds.
      const kept = scope.all().map(({ storage }) => tape.retain(storage))
      scope.close()
      if (spec.tokenBytes) kept.push(tape.allocate(run.ids, spec.tokenBytes, 'groups of image tokens', 'activations'))
      // The graph of blocks that nobody uses goes with their output.
      const used = states.length > 0 ? states[states.length - spec.stateFromEnd!]! : last
      return { hidden, kept, end: () => { dropGraph(tape, last, used) } }
    }
  }
}

/** Idefics3Model.get_image_features: pixels in the weights' type, then of them and of their mask the images that are not padding; both live as long as its frame. */
function withoutPadding (scope: Scope, { pixels, pixelMask }: PatchTower, elementSize: number): readonly [Tensor, Tensor] {
  const { tape } = scope
  tape.module = 'vision_tower'
  const loaded = scope.own(new Tensor(tape.retain(pixels.storage!), pixels.shape, pixels.elementSize, false))
  const typed = cast(scope, loaded, elementSize, 'pixels in the weights’ type')
  tape.transient([pixels.shape, 1, 'pixels that are zero'])
  const real = output(scope, pixels.shape, elementSize, 'pixels without padding')
  scope.drop(loaded, ...typed === loaded ? [] : [typed])
  return [real, output(scope, pixelMask.shape, pixelMask.elementSize, 'mask without padding')]
}

/** The hidden states that the projector sees; LLaVA's leave out the class token. */
function selected (scope: Scope, { stateFromEnd, isClip }: WholeImageSpec, { last, states }: TowerOutput, { vectors }: ProjectorExtents): Tensor {
  const state = stateFromEnd === undefined ? last : states[states.length - stateFromEnd]!
  if (!isClip) {
    const whole = scope.alias(state)
    whole.tokensLast = state.tokensLast
    return whole
  }
  const part = slice(scope, state, vectors)
  // Rows with gaps between images: as one matrix only a copy has them. Autocast's own copy has no gaps.
  part.tokensLast = vectors.dimensions[0]!.size > 1 && !(scope.tape.autocast && state.elementSize > scope.tape.autocast)
  return part
}

/** Linear layers of a projector by name, with [out, in]. */
export const noLinears = (_: Architecture): ReadonlyMap<string, readonly [number, number]> => new Map()
