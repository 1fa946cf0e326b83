import type { Architecture } from '../../../../architecture/architecture.ts'
import { slidingLayers, windowKinds } from '../../window.ts'
import type { Family } from '../family.ts'
import { DenseModel, WITHOUT_ROTARY } from './model.ts'
import type { SpecOf } from './spec.ts'

export type { DenseSpec } from './spec.ts'

/** A family of dense decoders from its specification. `turns`: whether layer i has rotary positions. */
export function denseFamily (modelTypes: readonly string[], source: string, specOf: SpecOf, turns: (a: Architecture, i: number) => boolean = () => true): Family {
  return {
    modelTypes,
    source: `transformers models/${source}`,
    linearLayers: (a) => linearLayers(a, specOf),
    layerKinds: (a) => windowKinds(a).map((kind, i) => turns(a, i) ? kind : `${kind}${WITHOUT_ROTARY}`),
    build: (builder, places) => new DenseModel(builder, places, specOf(builder.run.architecture))
  }
}

/** Only the layers with a sliding window have rotary positions. */
export const turnsWhereSliding = (a: Architecture, i: number): boolean => slidingLayers(a)[i]!

function linearLayers (a: Architecture, specOf: SpecOf): ReadonlyMap<string, readonly [number, number]> {
  const { attention, mlp } = specOf(a)
  const { hiddenSize: h, intermediateSize: f } = a
  const [query, key] = [a.heads * a.headDim, a.kvHeads * a.headDim]
  const widths = attention.layout === 'separate' ? [query, key, key] : attention.layout === 'query-and-pair' ? [query, 2 * key] : [query + 2 * key]
  return new Map<string, readonly [number, number]>([
    ...attention.projections.map((name, i) => [name, [widths[i]!, h]] as const),
    [attention.out, [h, query]],
    ...mlp.up.map((name) => [name, [mlp.layout === 'fused' ? 2 * f : f, h]] as const),
    [mlp.down, [h, f]]
  ])
}
