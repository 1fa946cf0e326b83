import type { Architecture } from '../architecture.ts'
import type { ConfigFields } from './fields.ts'

/** `layer_types` of a config, or the rule by which the configuration class fills it in. */
export function slidingLayersOf (c: ConfigFields, otherwise: (layer: number) => boolean): Pick<Architecture, 'slidingLayers'> {
  const given = c.texts('layer_types')
  const layers = c.sizeOr('num_hidden_layers', 0)
  return { slidingLayers: Array.from({ length: layers }, (_, i) => given?.[i] === undefined ? otherwise(i) : given[i] === 'sliding_attention') }
}
