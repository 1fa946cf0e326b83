import type { DetectedGpu, Finding, Topology } from '#shared/contract/index.ts'
import { finding } from '../finding.ts'
import { islandsOf } from '../islands.ts'
import { readTopology } from './topology.ts'

/** The cards' links from `nvidia-smi topo -m`, by key; null when there are none to tell. */
export function linksOf (gpus: readonly DetectedGpu[], output: string): Topology | null {
  const matrix = readTopology(output)
  if (matrix === null) return null
  const key = (index: number): string | undefined => gpus.find((gpu) => gpu.index === index)?.key
  const links = matrix.links.flatMap(({ a, b, kind, lanes }) => {
    const [from, to] = [key(a), key(b)]
    return from === undefined || to === undefined ? [] : [{ a: from, b: to, kind, lanes }]
  })
  return links.length === 0 ? null : { links, islands: islandsOf(links) }
}

/** A card of the same kind as the others that lacks the NVLink which connects them all. A pair and a third card are no fault. */
export function loneGpus (gpus: readonly DetectedGpu[], topology: Topology | null): Finding[] {
  const [island, ...others] = topology?.islands ?? []
  if (island === undefined || others.length > 0 || island.length < 3) return []
  const names = new Set(gpus.filter((gpu) => island.includes(gpu.key)).map((gpu) => gpu.name))
  const lone = gpus.filter((gpu) => !island.includes(gpu.key) && names.has(gpu.name) && !gpu.mig?.enabled)
  return lone.map((gpu) => finding('lone-gpu', `GPU ${gpu.index}`, { vendor: 'nvidia', deviceKey: gpu.key }))
}
