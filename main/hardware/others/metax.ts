import type { Evidence, Probe } from '../evidence.ts'
import type { Topology } from '#shared/contract/index.ts'
import { linesOf, matchLines } from '../reading/lines.ts'
import { lookAlike } from './lookAlike.ts'

const LIST = 'mx-smi -L'
const TOPOLOGY = 'mx-smi topo -n'

const more = { vendor: 'metax' as const, tool: 'mx-smi', systems: ['linux'] as const, timeoutMs: 15_000, places: { linux: ['/opt/mxdriver/bin', '/usr/bin', '/usr/local/bin'] } }

const PROBES: readonly Probe[] = [
  { ...more, name: LIST, args: ['-L'], after: { probe: 'mx-smi', matching: 'Attached GPUs' } },
  { ...more, name: TOPOLOGY, args: ['topo', '-n'], after: { probe: 'mx-smi', matching: 'Attached GPUs *: *([2-9]|[1-9][0-9])' } }
]

/** MetaX, through mx-smi. */
export const metax = lookAlike({
  vendor: 'metax',
  tool: 'mx-smi',
  plainName: 'MetaX GPU',
  kind: 'gpu',
  pciVendor: '9999',
  places: ['/opt/mxdriver/bin'],
  moreProbes: PROBES,
  uuidsOf: (evidence) => new Map(listed(evidence).map(({ index, uuid }) => [index, uuid])),
  complete (reading, evidence) {
    const keys = new Map(reading.gpus.map((gpu) => [gpu.index, gpu.key]))
    return { ...reading, topology: islandsOf(evidence.runs.get(TOPOLOGY)?.stdout ?? '', keys) }
  }
})

/** `GPU#0    MXC500      0000:08:00.0   Available (UUID: GPU-…)`. */
const listed = ({ runs }: Evidence): { index: number, uuid: string }[] =>
  matchLines(runs.get(LIST)?.stdout ?? '', /^GPU#(\d{1,3})\s.*\(UUID:\s*([\w-]+)\)/).map(([index, uuid]) => ({ index: Number(index), uuid: uuid! }))

/** Groups joined by MetaXLink (`MX` in the matrix). Its kind of link has no name here, so only the groups are told. */
export function islandsOf (text: string, keys: ReadonlyMap<number, string>): Topology | null {
  const lines = linesOf(text)
  const header = lines.findIndex((line) => /^\s+GPU0\b/.test(line))
  if (header < 0) return null
  const columns = lines[header]!.trim().split(/\s+/)
  const island = new Map<number, number>()
  for (const line of lines.slice(header + 1)) {
    const [row, ...cells] = line.trim().split(/\s+/)
    const from = /^GPU(\d{1,3})$/.exec(row ?? '')?.[1]
    if (from === undefined) continue
    columns.forEach((column, at) => {
      const to = /^GPU(\d{1,3})$/.exec(column)?.[1]
      if (to !== undefined && cells[at] === 'MX') join(island, Number(from), Number(to))
    })
  }
  const groups = new Map<number, string[]>()
  for (const [index, group] of [...island].sort(([a], [b]) => a - b)) {
    const key = keys.get(index)
    if (key !== undefined) groups.set(group, [...groups.get(group) ?? [], key])
  }
  const islands = [...groups.values()].filter((group) => group.length > 1).sort((a, b) => b.length - a.length)
  return islands.length === 0 ? null : { links: [], islands }
}

function join (island: Map<number, number>, a: number, b: number): void {
  const [from, to] = [island.get(a) ?? a, island.get(b) ?? b]
  const least = Math.min(from, to)
  for (const [index, group] of island) if (group === from || group === to) island.set(index, least)
  island.set(a, least)
  island.set(b, least)
}
