import { dimension, Scope, shape, type Tensor } from '../../tape/index.ts'
import { activate } from '../activations.ts'
import type { ModelBuilder } from '../builder.ts'
import { cast, sliceCopy } from '../elementwise.ts'
import type { Projection } from '../projection.ts'
import { slice } from '../views.ts'
import { trainsProjector, trainsTower, type Images } from './images.ts'
import { internLinears, type InternHabits } from './internBlock.ts'
import { InternTower } from './internTower.ts'
import { placeholders, scatterImages } from './merge.ts'
import { TowerNorm } from './norm.ts'
import type { ImageModel, ImagePart } from './part.ts'
import { gridSide, sizedTower, type SizedTower } from './sizes.ts'

const MERGE = 2
const MOST_TILES = 12

/** Tiles of the grid whose proportions come nearest, the largest that the image fills half (image_processing_got_ocr2.py get_optimal_tiled_canvas), and the whole image beside several. */
export function internTiles (side: number, { height, width }: Images): number {
  let [best, tiles] = [Infinity, 1]
  for (let count = 1; count <= MOST_TILES; count++) {
    for (let across = 1; across <= count; across++) {
      if (count % across > 0) continue
      const difference = Math.abs(width / height - across / (count / across))
      if (difference < best || (difference === best && height * width > 0.5 * side ** 2 * count)) [best, tiles] = [difference, count]
    }
  }
  return tiles > 1 ? tiles + 1 : 1
}

const sideOf = (tower: SizedTower): number => tower.imageSize ?? 448
const tokensOf = (tower: SizedTower): number => (gridSide({ ...tower, imageSize: sideOf(tower) }) / MERGE) ** 2

/** Where the config says nothing: the tower of 6B parameters norms q and k and has RMS norms and no biases (InternViT-6B-448px-V2_5). */
const habitsOf = ({ hiddenSize, normsHeads = hiddenSize === 3200, rmsNorms = normsHeads, attentionBias = !normsHeads }: SizedTower): InternHabits =>
  ({ norm: rmsNorms ? 'rms' : 'layer-norm', normsHeads, hasBias: attentionBias })

/** InternVL and Intern-S1: tiles of one size, four patches shuffled into a token. */
export const internvlPart: ImagePart = {
  kinds: ['internvit'],
  source: 'transformers models/internvl/modeling_internvl.py',
  imageTokens: (a, images) => internTiles(sideOf(sizedTower(a)!), images) * tokensOf(sizedTower(a)!),
  towerLinears: ({ vision }) => internLinears(vision!.hiddenSize!, vision!.intermediateSize!),
  projectorLinears: ({ hiddenSize: h, vision }) => new Map([['linear_1', [h, MERGE ** 2 * vision!.hiddenSize!]], ['linear_2', [h, h]]]),
  build
}

function build (builder: ModelBuilder, images: Images | null): ImageModel {
  const { run } = builder
  const { architecture, plan } = run
  const size = sizedTower(architecture)!
  const count = images ? images.perSample * run.batch.size * internTiles(sideOf(size), images) : 0
  const [n, t, c, wide] = [dimension('n', count), dimension('t', tokensOf(size)), dimension('c', size.hiddenSize), dimension('4c', MERGE ** 2 * size.hiddenSize)]
  const linears = internvlPart.towerLinears(architecture).keys()
  const trained = trainsTower(plan)
  const tower = builder.beside(trained, linears, [n, dimension('p', MERGE ** 2 * t.size + 1)], () => new InternTower(builder, size, count, habitsOf(size), trained))
  const projector = builder.beside(trainsProjector(plan), internvlPart.projectorLinears(architecture).keys(), [n, t], () => {
    const extent = shape(n, t, run.hiddenSize)
    return {
      norm: new TowerNorm(builder, 'layer-norm', 'layer_norm', shape(wide), shape(n, t)),
      linears: [builder.linear('linear_1', run.hiddenSize, wide, extent, true), builder.linear('linear_2', run.hiddenSize, run.hiddenSize, extent, true)] as const
    }
  })
  const patches = shape(n, dimension('p', MERGE ** 2 * t.size), c)
  return {
    inputs: images ? [tower.pixels] : [],
    merge: (caller, embedded, pass) => {
      const { tape } = run
      // get_image_features, and what it returns.
      const frame = new Scope(tape)
      const kept = new Scope(tape)
      const last = tower.forward(frame, pass)
      kept.alias(last)
      tape.module = 'pixel_shuffle'
      const shuffled = shuffle(frame, slice(frame, last, patches))
      const features = project(frame, shuffled, projector.norm, projector.linears)
      kept.alias(features)
      frame.close()
      tape.module = 'projector'
      // The outputs hold them as image_hidden_states.
      const typed = caller.alias(cast(kept, features, embedded.elementSize, 'image vectors'))
      run.imageOutput = typed
      const mask = placeholders(kept, run)
      const hidden = scatterImages(caller, embedded, mask, typed)
      const storages = kept.all().map(({ storage }) => tape.retain(storage))
      kept.close()
      return { hidden, kept: storages }
    }
  }
}

/** pixel_shuffle: each pair of axes turned by a copy of its own. */
function shuffle (caller: Scope, x: Tensor): Tensor {
  const scope = new Scope(caller.tape)
  const first = sliceCopy(scope, x, x.shape, 'patches, halved across')
  const second = sliceCopy(scope, first, x.shape, 'patches, halved down')
  scope.drop(first)
  caller.drop(x)
  return scope.return(second, caller)
}

/** InternVLMultiModalProjector. */
function project (caller: Scope, x: Tensor, norm: TowerNorm, [first, second]: readonly [Projection, Projection]): Tensor {
  const scope = new Scope(caller.tape)
  const normed = norm.apply(scope, x)
  const raised = first.apply(scope, normed)
  scope.drop(normed)
  scope.tape.module = 'projector'
  const activated = activate(scope, raised, 'gelu')
  scope.drop(raised)
  return scope.return(second.apply(scope, activated), caller)
}
