import type { Architecture } from './architecture.ts'
import type { LayerGroup } from './layerGroup.ts'

/** The group of every layer of a stack of several kinds, in order: as given, else each group spread evenly over the stack. */
export function layersInOrder ({ layers, layerGroups, layerSequence }: Architecture): readonly LayerGroup[] {
  const groups = layerGroups ?? []
  if (layerSequence) return layerSequence.map((index) => groups[index]!)
  const places = groups.flatMap((group) => Array.from({ length: group.count }, (_, i) => ({ group, at: (i + 0.5) / group.count })))
  return places.sort((a, b) => a.at - b.at).slice(0, layers).map(({ group }) => group)
}
