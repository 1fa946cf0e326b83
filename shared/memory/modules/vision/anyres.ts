import { dimension, edgeOf, GradNode, Scope, shape, type Shape, type Tensor } from '../../tape/index.ts'
import type { ModelBuilder } from '../builder.ts'
import { gradient, needsGrad, output } from '../elementwise.ts'
import type { Images } from './images.ts'
import { mlpProjector } from './projectors.ts'
import { gridSide, type SizedTower } from './sizes.ts'
import type { Projector, ProjectorExtents } from './wholeImage.ts'

/*
 * LLaVA-NeXT and LLaVA-OneVision: an image in tiles of the tower's size, the patches of padding cut off, a vector at the end of every
 * line (llava_next/modeling_llava_next.py, llava_onevision/modeling_llava_onevision.py).
 */

type Grid = readonly [down: number, across: number]

/** How a model cuts images. */
export interface Anyres {
  /** Tiles down and across of config image_grid_pinpoints. */
  readonly grids: readonly Grid[]
  /** Vectors of more tiles are interpolated down to those of so many (vision_aspect_ratio anyres_max_9); absent: kept. */
  readonly most?: number
  /** Only an image that is alone in its sample is cut. */
  readonly cutsOnlyOne?: boolean
}

export const LLAVA_NEXT: Anyres = { grids: [[1, 2], [2, 1], [2, 2], [3, 1], [1, 3]] }
const SIDES = [1, 2, 3, 4, 5, 6] as const
export const LLAVA_ONEVISION: Anyres = { grids: SIDES.flatMap((down) => SIDES.map((across) => [down, across] as const)), most: 9, cutsOnlyOne: true }

const cuts = ({ cutsOnlyOne }: Anyres, { perSample }: Images): boolean => cutsOnlyOne !== true || perSample === 1

/** image_processing_utils.py select_best_resolution: the most pixels of the image, then the fewest wasted. */
function bestGrid ({ grids }: Anyres, { imageSize = 336 }: SizedTower, { height, width }: Images): Grid {
  let best = grids[0]!
  let [most, least] = [0, Infinity]
  for (const grid of grids) {
    const [h, w] = [grid[0] * imageSize, grid[1] * imageSize]
    const scale = Math.min(w / width, h / height)
    const effective = Math.min(Math.floor(width * scale) * Math.floor(height * scale), width * height)
    const wasted = w * h - effective
    if (effective > most || (effective === most && wasted < least)) [best, most, least] = [grid, effective, wasted]
  }
  return best
}

/** Tiles, and the whole image. */
export const anyresRows = (how: Anyres) => (tower: SizedTower, images: Images): number => cuts(how, images) ? bestGrid(how, tower, images).reduce((n, side) => n * side, 1) + 1 : 1

/** unpad_image: patches along the sides that are not padding; then interpolated where they are too many. */
function unpadded (how: Anyres, tower: SizedTower, images: Images): Grid {
  const [down, across] = padless(how, tower, images)
  const ratio = Math.sqrt(down * across / ((how.most ?? Infinity) * gridSide(tower) ** 2))
  return ratio > 1.1 ? [Math.floor(down / ratio), Math.floor(across / ratio)] : [down, across]
}

function padless (how: Anyres, tower: SizedTower, images: Images): Grid {
  const side = gridSide(tower)
  const [down, across] = bestGrid(how, tower, images).map((tiles) => tiles * side) as [number, number]
  const { height, width } = images
  const cut = (whole: number, used: number): number => whole - 2 * Math.floor((whole - Math.trunc(Number(used.toFixed(7)))) / 2)
  return width / height > across / down ? [cut(down, height * across / width), across] : [down, cut(across, width * down / height)]
}

/** Tokens of one image: those of the whole, and those of the tiles with one more in every line. */
export const anyresTokens = (how: Anyres) => (tower: SizedTower, images: Images): number => {
  if (!cuts(how, images)) return gridSide(tower) ** 2 + 1
  const [down, across] = unpadded(how, tower, images)
  return gridSide(tower) ** 2 + down * (across + 1)
}

/** LlavaNextMultiModalProjector over all tiles, then pack_image_features: the vectors of the tiles in lines, cut, with `image_newline`, after those of the whole. */
export const anyresProjector = (how: Anyres) => (builder: ModelBuilder, extents: ProjectorExtents, images: Images): Projector => {
  const { tower, rows } = extents
  const { run: { hiddenSize: h } } = builder
  const newline = builder.base('image_newline', shape(h))
  const project = mlpProjector(builder, extents)
  const count = extents.images / rows
  const [down, across] = unpadded(how, tower, images)
  const n = dimension('n', count)
  const tiled = shape(dimension('n', 1), h, dimension('tiles·p', (rows - 1) * extents.tokens))
  const lines = shape(dimension('n', 1), h, dimension('down', down), dimension('across+1', across + 1))
  const packed = shape(n, dimension('t', anyresTokens(how)(tower, images)), h)
  return {
    apply: (caller, x) => {
      const scope = new Scope(caller.tape)
      const projected = project.apply(scope, x)
      scope.tape.module = 'pack_image_features'
      // Of the last image; those before are gone by then.
      const inner = new Scope(scope.tape)
      if (rows > 1) for (const [extent, role] of [[tiled, 'tiles as a picture'], [lines, 'lines of vectors']] as const) output(inner, extent, projected.elementSize, role)
      const result = pack(inner, projected, newline, packed)
      return scope.return(inner.return(result, scope), caller)
    }
  }
}

function pack (scope: Scope, x: Tensor, newline: Tensor, extent: Shape): Tensor {
  const { tape } = scope
  const node = needsGrad(tape, x, newline)
    ? new GradNode(tape, [edgeOf(x), edgeOf(newline)], [], () => [
      x.requiresGrad ? gradient(tape, x.shape, x.elementSize) : null,
      newline.requiresGrad ? gradient(tape, newline.shape, newline.elementSize) : null
    ])
    : null
  return output(scope, extent, x.elementSize, 'packed vectors', node)
}
