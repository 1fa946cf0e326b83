import { dimension, shape, Tensor, type Scope } from '../../tape/index.ts'
import type { ModelBuilder } from '../builder.ts'
import { cast } from '../elementwise.ts'
import { encoderLinears } from './encoderBlock.ts'
import { trainsProjector, trainsTower, type Images } from './images.ts'
import { Llama4Tower } from './llama4Tower.ts'
import { placeholders, scatterImages } from './merge.ts'
import type { ImageModel, ImagePart } from './part.ts'
import { sizedTower, type SizedTower } from './sizes.ts'

const MOST_TILES = 16
const MERGED = 4
/** vision_output_dim of what is published. */
const OUTPUT = 4096

/** Tiles of the smallest canvas that the image need not shrink for, else of the one that it shrinks least for (image_processing_llama4.py get_best_fit), and the whole image beside several. */
export function llama4Tiles (side: number, { height, width }: Images): number {
  const canvases: { readonly tiles: number, readonly scale: number }[] = []
  for (let tiles = 1; tiles <= MOST_TILES; tiles++) {
    for (let down = 1; down <= tiles; down++) {
      if (tiles % down === 0) canvases.push({ tiles, scale: Math.min(Math.fround(down * side / height), Math.fround(tiles / down * side / width)) })
    }
  }
  const larger = canvases.map(({ scale }) => scale).filter((scale) => scale >= 1)
  const chosen = larger.length > 0 ? Math.min(...larger) : Math.max(...canvases.map(({ scale }) => scale))
  const tiles = Math.min(...canvases.filter(({ scale }) => scale === chosen).map((canvas) => canvas.tiles))
  return tiles > 1 ? tiles + 1 : 1
}

interface Sizes extends SizedTower { readonly imageSize: number, readonly mergerOutputSize: number }

function sizesOf (a: Parameters<ImagePart['towerLinears']>[0]): Sizes {
  const size = sizedTower(a)!
  return { ...size, imageSize: size.imageSize ?? 336, mergerOutputSize: size.mergerOutputSize ?? OUTPUT }
}
const tokensOf = ({ imageSize, patchSize }: Sizes): number => Math.floor(imageSize / patchSize) ** 2 / MERGED

/** Llama 4: tiles of one size; the adapter that shuffles patches belongs to the tower. */
export const llama4Part: ImagePart = {
  kinds: ['llama4_vision'],
  cutByReentrant: true,
  source: 'transformers models/llama4/modeling_llama4.py',
  imageTokens: (a, images) => llama4Tiles(sizesOf(a).imageSize, images) * tokensOf(sizesOf(a)),
  towerLinears: ({ vision }) => {
    const [c, f] = [vision!.hiddenSize!, vision!.intermediateSize!]
    const { out_proj: out, ...others } = Object.fromEntries(encoderLinears(c, f))
    return new Map([...Object.entries({ ...others, o_proj: out! }), ['linear', [c, 3 * vision!.patchSize! ** 2]]])
  },
  projectorLinears: (a) => new Map([['linear_1', [a.hiddenSize, sizesOf(a).mergerOutputSize]]]),
  build
}

function build (builder: ModelBuilder, images: Images | null): ImageModel {
  const { run } = builder
  const { architecture, plan } = run
  const size = sizesOf(architecture)
  const count = images ? images.perSample * run.batch.size * llama4Tiles(size.imageSize, images) : 0
  const [n, t] = [dimension('n', count), dimension('t', tokensOf(size))]
  const rows = dimension('n·t', n.size * t.size)
  const trained = trainsTower(plan)
  const tower = builder.beside(trained, llama4Part.towerLinears(architecture).keys(), [n, dimension('p', MERGED * t.size + 1)], () => new Llama4Tower(builder, size, count, trained))
  const projector = builder.beside(trainsProjector(plan), llama4Part.projectorLinears(architecture).keys(), [rows], () =>
    builder.linear('linear_1', run.hiddenSize, dimension('out', size.mergerOutputSize), shape(rows, run.hiddenSize), false))
  return {
    inputs: images ? [tower.pixels] : [],
    merge: (caller, embedded, pass) => {
      // One frame runs tower, language model and loss: what is named in it stays until the loss is there.
      const features = tower.forward(caller, pass)
      run.imageOutput = features
      run.tape.module = 'projector'
      const projected = projector.apply(caller, flat(caller, features, shape(rows, features.shape.dimensions[2]!)))
      const typed = cast(caller, projected, embedded.elementSize, 'image vectors')
      if (typed !== projected) caller.drop(projected)
      const mask = placeholders(caller, run)
      const hidden = scatterImages(caller, embedded, mask, typed)
      caller.alias(hidden)
      return { hidden, kept: [] }
    }
  }
}

/** x.view(-1, c). */
function flat (scope: Scope, x: Tensor, extent: Tensor['shape']): Tensor {
  scope.tape.retain(x.storage)
  return scope.own(new Tensor(x.storage, extent, x.elementSize, x.requiresGrad, x.node, x.leaf))
}
