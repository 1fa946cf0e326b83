import { dimension, Scope, shape, Tensor } from '../../tape/index.ts'
import type { ModelBuilder } from '../builder.ts'
import { cast, output, sliceCopy } from '../elementwise.ts'
import { INDEX_SIZE, select } from '../indexing.ts'
import type { TowerNormKind } from './norm.ts'
import type { TowerActivation } from './encoderBlock.ts'
import { deepStack } from './deepStack.ts'
import { trainsProjector, trainsTower, type Images } from './images.ts'
import { placeholders, scatterImages } from './merge.ts'
import { packedRows, PackedTower, windowLengths } from './packedTower.ts'
import type { ImageModel, ImagePart } from './part.ts'
import { PatchMerger, type MergerSizes } from './patchMerger.ts'
import { sizedTower, type SizedTower } from './sizes.ts'

export interface QwenSpec {
  readonly source: string
  readonly kind: string
  readonly norm: TowerNormKind
  readonly activation: TowerActivation
  readonly mlp: 'gated' | readonly [string, string]
  readonly mergerNames: MergerSizes['names']
  /** Pixels along a window's side. */
  readonly window?: number
  /** Rows of the table of positions. */
  readonly positions?: number
  readonly isHooked: boolean
  /** Patches along one side that are merged into a token. Absent: the tower's own, else 2. */
  readonly merge?: number
}

const MERGE = 2
const mergeOf = ({ merge }: QwenSpec, { spatialMerge }: SizedTower): number => merge ?? spatialMerge ?? MERGE

/** Merged tokens along the sides, as the processor's smart_resize rounds them. */
function grid (spec: QwenSpec, size: SizedTower, { height, width }: Images): readonly [down: number, across: number] {
  const side = size.patchSize * mergeOf(spec, size)
  return [Math.max(1, Math.round(height / side)), Math.max(1, Math.round(width / side))]
}

/** Blocks whose output a deep merger sees (config deepstack_visual_indexes). */
function deepLayers ({ layers, deepstackMergers = 0, deepstackLayers }: SizedTower): readonly number[] {
  if (deepstackLayers) return deepstackLayers
  if (deepstackMergers === 0) return []
  return Array.from({ length: deepstackMergers }, (_, i) => layers === 27 ? 8 * (i + 1) : Math.floor((i + 1) * layers / (deepstackMergers + 1)) - 1)
}

/** Qwen's towers: patches of all images packed, a merger of four patches into a token. */
export function qwenPart (spec: QwenSpec): ImagePart {
  return {
    kinds: [spec.kind],
    source: spec.source,
    imageTokens: (a, images) => grid(spec, sizedTower(a)!, images).reduce((n, side) => n * side, 1),
    towerLinears: ({ vision }) => {
      const [c, f] = [vision!.hiddenSize!, vision!.intermediateSize!]
      const mlp = spec.mlp === 'gated' ? [['gate_proj', [f, c]], ['up_proj', [f, c]], ['down_proj', [c, f]]] as const : [[spec.mlp[0], [f, c]], [spec.mlp[1], [c, f]]] as const
      return new Map<string, readonly [number, number]>([['qkv', [3 * c, c]], ['proj', [c, c]], ...mlp])
    },
    projectorLinears: ({ hiddenSize, vision }) => {
      const merged = mergeOf(spec, vision as SizedTower) ** 2 * vision!.hiddenSize!
      return new Map<string, readonly [number, number]>([[spec.mergerNames[1], [merged, merged]], [spec.mergerNames[2], [hiddenSize, merged]]])
    },
    positionsPerRow: true,
    deepLayers: (a) => deepLayers(sizedTower(a)!).length,
    build: (builder, images) => build(spec, builder, images)
  }
}

function build (spec: QwenSpec, builder: ModelBuilder, images: Images | null): ImageModel {
  const { run } = builder
  const { architecture, plan } = run
  const size = sizedTower(architecture)!
  const count = (images?.perSample ?? 0) * run.batch.size
  const merge = mergeOf(spec, size)
  const [down, across] = images ? grid(spec, size, images) : [0, 0]
  const each = Array.from({ length: count }, () => merge ** 2 * down * across)
  const rows = packedRows(each)
  const tokens = dimension('t', rows.size / merge ** 2)
  const width = dimension('c', size.hiddenSize)
  const trained = trainsTower(plan)
  const part = qwenPart(spec)
  const [heads, headDim] = [dimension('nh', size.heads), dimension('d', size.hiddenSize / size.heads)]
  const fullEvery = size.layers / 4
  const tower = builder.beside(trained, part.towerLinears(architecture).keys(), [rows], () => new PackedTower(builder, {
    rows, width, inner: dimension('f', size.intermediateSize), heads, headDim, norm: spec.norm, activation: spec.activation, mlp: spec.mlp,
    layers: size.layers, patchSize: size.patchSize, images: each,
    windows: spec.window ? each.flatMap(() => windowLengths(down, across, Math.floor(spec.window! / merge / size.patchSize))) : null,
    seesAll: (layer) => !spec.window || (size.fullAttentionLayers?.includes(layer) ?? (layer + 1) % fullEvery === 0),
    positions: spec.positions ? size.positions ?? spec.positions : null,
    convolutionBias: spec.positions !== undefined, isHooked: spec.isHooked, trained
  }))
  const layers = deepLayers(size)
  const merger = (normsMerged: boolean): PatchMerger =>
    new PatchMerger(builder, { merge, rows, tokens, width, out: run.hiddenSize, norm: spec.norm, normsMerged, names: spec.mergerNames })
  const [last, ...deep] = builder.beside(trainsProjector(plan), part.projectorLinears(architecture).keys(), [tokens], () => [merger(false), ...layers.map(() => merger(true))])
  const perToken = { shape: run.ids, elementSize: INDEX_SIZE, storage: null }
  const inputs = images ? [tower.pixels, { ...perToken, role: 'mm_token_type_ids' }] : []
  const stack = deepStack(run)
  return {
    inputs,
    ...layers.length > 0 ? { beforeLayer: stack.beforeLayer } : {},
    merge: (caller, embedded, pass) => {
      const { tape } = run
      // get_image_features and the tower's own frame.
      const frame = new Scope(tape)
      const kept = new Scope(tape)
      tape.module = 'patch_embed'
      const pixels = inType(frame, tower.pixels.storage!, tower.pixels.shape, tower.pixels.elementSize, embedded.elementSize)
      const features: Tensor[] = []
      const { last: states, order } = tower.forward(frame, pixels, pass, (layer, x) => {
        const i = layers.indexOf(layer)
        if (i >= 0) features.push(deep[i]!.apply(kept, x))
      })
      let merged = last!.apply(frame, states)
      if (order) {
        const byWindow = merged
        merged = select(frame, byWindow, order, byWindow.shape, 'tokens in order')
        frame.drop(byWindow)
      }
      kept.alias(states)
      kept.alias(merged)
      frame.close()
      tape.module = 'projector'
      const joined = sliceCopy(kept, merged, merged.shape, 'image vectors')
      const typed = cast(kept, joined, embedded.elementSize, 'image vectors')
      if (typed !== joined) kept.drop(joined)
      const mask = placeholders(kept, run)
      placeholders(kept, run)
      const hidden = scatterImages(caller, embedded, mask, typed)
      const embeds = features.map((feature) => sliceCopy(kept, feature, feature.shape, 'deep image vectors'))
      stack.begin(mask, embeds)
      output(kept, shape(dimension('axes', 3), ...run.ids.dimensions), INDEX_SIZE, 'position_ids')
      const storages = kept.all().map(({ storage }) => tape.retain(storage))
      kept.close()
      return { hidden, kept: storages, end: stack.end }
    }
  }
}

/** x.type(dtype): the loaded tensor itself where it has that type. */
function inType (scope: Scope, storage: Tensor['storage'], extent: Tensor['shape'], from: number, to: number): Tensor {
  return cast(scope, scope.own(new Tensor(scope.tape.retain(storage), extent, from, false)), to, 'pixels in the weights’ type')
}
