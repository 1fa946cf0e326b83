import type { Architecture } from './architecture.ts'
import type { FeedForward, LayerGroup, Mixer } from './layerGroup.ts'
import type { MixtureOfExperts } from './mixtureOfExperts.ts'

/** The stack's sizes with those of the layer's own group in their place. */
export type LayerShape = Architecture & Pick<LayerGroup, 'kEqV' | 'kvShared' | 'compressRatio'>

/** A number of layers with the same parameters. */
export interface LayerRun {
  readonly count: number
  readonly mixer: Mixer
  readonly ffn: FeedForward
  readonly shape: LayerShape
}

/** The layers of a decoder by kind. Runs of no layers are left out; the order is not the order in the stack. */
export function layerRuns (a: Architecture): readonly LayerRun[] {
  if (a.layerGroups) {
    return a.layerGroups.map(({ count, mixer, ffn, attention: _, ...own }) => ({ count, mixer, ffn, shape: { ...a, ...own } }))
  }
  const sparse = a.moe ? countSparse(a.layers, a.moe) : 0
  const runs: readonly LayerRun[] = [
    { count: a.layers - sparse, mixer: 'attention', ffn: 'mlp', shape: a },
    { count: sparse, mixer: 'attention', ffn: 'moe', shape: a }
  ]
  return runs.filter((run) => run.count > 0)
}

/** Layers with experts: the nth, 2nth … of the whole stack that lie past the dense ones (transformers counts so too). */
function countSparse (layers: number, { denseFirst, everyNth, denseLayers = [] }: MixtureOfExperts): number {
  const regular = Math.floor(layers / everyNth) - Math.floor(Math.min(denseFirst, layers) / everyNth)
  return regular - new Set(denseLayers.filter((i) => i >= denseFirst && i < layers && (i + 1) % everyNth === 0)).size
}
