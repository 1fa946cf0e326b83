import { dimension, Scope, shape, Tensor } from '../../tape/index.ts'
import type { ModelBuilder } from '../builder.ts'
import { cast, output, sliceCopy } from '../elementwise.ts'
import { INDEX_SIZE } from '../indexing.ts'
import { GlmMerger, GlmTower } from './glmTower.ts'
import { trainsProjector, trainsTower, type Images } from './images.ts'
import { placeholders, scatterImages } from './merge.ts'
import { packedRows } from './packedTower.ts'
import type { ImageModel, ImagePart } from './part.ts'
import { gridSide, sizedTower, type SizedTower } from './sizes.ts'

const MERGE = 2

/** Merged tokens along the sides, as the processor's smart_resize rounds them (image_processing_glm4v.py). */
function grid ({ patchSize }: SizedTower, { height, width }: Images): readonly [down: number, across: number] {
  const side = patchSize * MERGE
  return [Math.max(1, Math.round(height / side)), Math.max(1, Math.round(width / side))]
}

type Linears = ReadonlyMap<string, readonly [number, number]>

/** GLM-4.1V and GLM-4.5V: packed patches, a convolution and a gated merger over what it makes of four of them. */
export const glm4vPart: ImagePart = {
  kinds: ['glm4v'],
  source: 'transformers models/glm4v/modeling_glm4v.py',
  positionsPerRow: true,
  imageTokens: (a, images) => grid(sizedTower(a)!, images).reduce((n, side) => n * side, 1),
  towerLinears: ({ vision }): Linears => {
    const [c, f] = [vision!.hiddenSize!, vision!.intermediateSize!]
    return new Map([['qkv', [3 * c, c]], ['proj', [c, c]], ['gate_proj', [f, c]], ['up_proj', [f, c]], ['down_proj', [c, f]]])
  },
  projectorLinears: (a): Linears => {
    const [h, f] = [a.hiddenSize, mergerInner(a)]
    return new Map([['proj', [h, h]], ['gate_proj', [f, h]], ['up_proj', [f, h]], ['down_proj', [h, f]]])
  },
  build
}

/** As wide as the language model's feed-forward in what is published. */
const mergerInner = ({ vision, intermediateSize }: Parameters<ImagePart['towerLinears']>[0]): number => vision!.mergerInnerSize ?? intermediateSize

function build (builder: ModelBuilder, images: Images | null): ImageModel {
  const { run } = builder
  const { architecture, plan } = run
  const size = sizedTower(architecture)!
  const [down, across] = images ? grid(size, images) : [0, 0]
  const each = Array.from({ length: (images?.perSample ?? 0) * run.batch.size }, () => MERGE ** 2 * down * across)
  const rows = packedRows(each)
  const tokens = dimension('t', rows.size / MERGE ** 2)
  const width = dimension('c', size.hiddenSize)
  const trained = trainsTower(plan)
  const tower = builder.beside(trained, glm4vPart.towerLinears(architecture).keys(), [rows], () => new GlmTower(builder, {
    rows, width, inner: dimension('f', size.intermediateSize), heads: dimension('nh', size.heads), headDim: dimension('d', size.hiddenSize / size.heads),
    norm: 'rms', activation: 'silu', mlp: 'gated', hasBias: false, layers: size.layers, patchSize: size.patchSize, side: gridSide(size), images: each, trained
  }))
  const merger = builder.beside(trainsProjector(plan), glm4vPart.projectorLinears(architecture).keys(), [tokens], () =>
    new GlmMerger(builder, { tokens, width, out: run.hiddenSize, inner: dimension('f', mergerInner(architecture)) }))
  const inputs = images ? [tower.pixels, { role: 'mm_token_type_ids', shape: run.ids, elementSize: INDEX_SIZE, storage: null }] : []
  return {
    inputs,
    merge: (caller, embedded, pass) => {
      const { tape } = run
      // get_image_features and the tower's own frame.
      const frame = new Scope(tape)
      const kept = new Scope(tape)
      const { pixels: { storage, shape: extent, elementSize } } = tower
      tape.module = 'patch_embed'
      const pixels = cast(frame, frame.own(new Tensor(tape.retain(storage!), extent, elementSize, false)), embedded.elementSize, 'pixels in the weights’ type')
      const normed = tower.forward(frame, pixels, pass)
      const states = merger.downsample(kept, normed)
      frame.drop(normed)
      const merged = merger.apply(kept, states)
      frame.close()
      tape.module = 'projector'
      const joined = sliceCopy(kept, merged, merged.shape, 'image vectors')
      const typed = cast(kept, joined, embedded.elementSize, 'image vectors')
      if (typed !== joined) kept.drop(joined)
      // Of images and of videos, which are the same tokens.
      const mask = placeholders(kept, run)
      placeholders(kept, run)
      const hidden = scatterImages(caller, embedded, mask, typed)
      const positions = output(kept, shape(dimension('axes', 3), ...run.ids.dimensions), INDEX_SIZE, 'position_ids')
      // The blocks of GLM-4.5V are given all three, those of GLM-4.1V none (glm4v_moe/modeling_glm4v_moe.py).
      if (architecture.modelType === 'glm4v_moe') run.givenPositions = positions.storage
      const storages = kept.all().map(({ storage: held }) => tape.retain(held))
      kept.close()
      return { hidden, kept: storages }
    }
  }
}
