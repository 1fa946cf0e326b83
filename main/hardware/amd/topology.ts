import type { DetectedGpu, Topology } from '#shared/contract/index.ts'
import type { KfdNode } from './kfd.ts'

/** Devices of one XGMI hive reach each other directly. Null when there is no hive of several. */
export function xgmiTopology (nodes: readonly KfdNode[], gpus: readonly DetectedGpu[]): Topology | null {
  const keyOf = new Map(gpus.map((gpu) => [gpu.pciBusId, gpu.key]))
  const hives = new Map<string, string[]>()
  for (const { hive, busId } of nodes) {
    const key = keyOf.get(busId)
    if (hive !== null && key !== undefined) hives.set(hive, [...hives.get(hive) ?? [], key])
  }
  const islands = [...hives.values()].filter((keys) => keys.length > 1).sort((a, b) => b.length - a.length)
  if (islands.length === 0) return null
  const links = islands.flatMap((keys) => keys.flatMap((a, at) => keys.slice(at + 1).map((b) => ({ a, b, kind: 'xgmi' as const, lanes: null }))))
  return { links, islands }
}
