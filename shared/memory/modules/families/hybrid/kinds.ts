import type { Architecture } from '../../../../architecture/architecture.ts'
import type { LayerGroup } from '../../../../architecture/layerGroup.ts'
import { layersInOrder } from '../../../../architecture/layerSequence.ts'
import { FULL, SLIDING } from '../../window.ts'

/** The groups of a stack; one of all layers where it is uniform. */
export const groupsOf = (a: Architecture): readonly LayerGroup[] =>
  a.layerGroups ?? [{ count: a.layers, mixer: 'attention', ffn: a.moe ? 'moe' : 'mlp' }]

/** Names a layer's kind after what it does, and last the index of its group. */
export function hybridKinds (a: Architecture): readonly string[] {
  const groups = groupsOf(a)
  const layers = a.layerGroups ? layersInOrder(a) : Array.from({ length: a.layers }, () => groups[0]!)
  return layers.map((group) => `${mixerName(group)} ${group.ffn} ${groups.indexOf(group)}`)
}

/** The group that a kind names. */
export const groupOf = (a: Architecture, kind: string): LayerGroup => groupsOf(a)[Number(kind.split(' ').at(-1))]!

function mixerName ({ mixer, attention }: LayerGroup): string {
  if (mixer !== 'attention') return mixer
  return attention === 'sliding' ? SLIDING : FULL
}
