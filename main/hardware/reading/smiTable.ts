import type { GpuMemory } from '#shared/contract/index.ts'
import { busId } from './busId.ts'
import { linesOf } from './lines.ts'
import { memoryOf, mibBytes, MOST_DEVICES, power, share, temperature } from './figures.ts'

/** One device of a table that looks like nvidia-smi's. */
export interface TableRow {
  readonly index: number
  /** Null where the text has columns but no names. */
  readonly name: string | null
  readonly busId: string | null
  readonly memory: GpuMemory
  readonly utilization: number | null
  readonly temperatureC: number | null
  readonly powerWatts: number | null
  readonly powerLimitWatts: number | null
  /** The last cell's words: `Available`, `Default`. */
  readonly state: string | null
}

const BUS = /(?<![0-9a-f:])(?:[0-9a-f]{4,8}:)?[0-9a-f]{2}:[0-9a-f]{2}\.[0-7](?![0-9a-f])/i

/**
 * The devices in a table after nvidia-smi's fashion: a first line with number, name and bus id, and lines below it with
 * `used / total`. Cells are told apart by their bars, since widths and columns differ by tool and release. Null when there
 * is no such table.
 */
export function readSmiTable (text: string): TableRow[] | null {
  const groups: string[][][] = []
  let open = false
  // Moore Threads' tool leaves out the outer bars.
  let barred = true
  for (const line of linesOf(text)) {
    if (/^\s*\d{1,3}\s+\S[^|]*\|/.test(line)) barred = false
    const cells = cellsOf(line, barred)
    if (cells === null) {
      if (!/^\s*[|+][-=+|\s]*$/.test(line) || line.includes('=')) open = false
      continue
    }
    if (/^\d{1,3}\s+\S/.test(cells[0] ?? '') && cells.slice(1).some((cell) => BUS.test(cell))) {
      groups.push([cells])
      open = true
    } else if (open) groups.at(-1)!.push(cells)
  }
  const rows = groups.slice(0, MOST_DEVICES).map(readGroup)
  // A table printed again (a loop, a log) lists the same devices.
  return rows.length === 0 ? null : rows.filter((row, at) => rows.findIndex((other) => other.index === row.index) === at)
}

/** The cells of a line with text between bars, else null. */
function cellsOf (line: string, barred: boolean): string[] | null {
  if (!line.includes('|') || /^\s*[|+][-=+|\s]*$/.test(line)) return null
  return (barred ? line.trim().replace(/^\|/, '').replace(/\|$/, '') : line).split('|').map((cell) => cell.trim())
}

function readGroup (lines: readonly (readonly string[])[]): TableRow {
  const [head, ...rest] = lines as readonly [readonly string[], ...(readonly string[])[]]
  const [, index, title] = /^(\d{1,3})\s+(.*)$/.exec(head[0]!)!
  // A name that does not fit goes on below, alone in its line.
  const continued = rest.filter((cells) => cells[0] !== '' && cells.slice(1).every((cell) => cell === '')).map((cells) => cells[0]!)
  const figures = rest.find((cells) => cells.some((cell) => sizesIn(cell) !== null)) ?? (head.some((cell) => sizesIn(cell) !== null) ? head : undefined)
  const sizes = figures?.map(sizesIn).find((found) => found !== null) ?? null
  const all = [head, ...rest].flat().join(' ')
  const watts = /(\d{1,5}(?:\.\d+)?)\s*W\s*\/\s*(\d{1,5}(?:\.\d+)?|N\/A)/.exec(all)
  const degrees = /(?:^|\s)(\d{1,3})\s*C(?:\s|$)/.exec(all)
  const busy = [...figures === undefined ? [] : [figures.at(-1)!], head.at(-1)!].map((cell) => /(?:^|\s)(\d{1,3})%/.exec(cell)?.[1]).find((found) => found !== undefined)
  return {
    index: Number(index),
    name: [title!.replace(/\s{2,}(N\/A|On|Off|Enabled|Disabled)$/i, '').trim(), ...continued].join(' ') || null,
    busId: busId(BUS.exec(head.slice(1).join(' '))?.[0]),
    memory: memoryOf(mibBytes(sizes?.total ?? null), mibBytes(sizes?.used ?? null)),
    utilization: share(busy === undefined ? null : Number(busy)),
    temperatureC: temperature(degrees === null ? null : Number(degrees[1])),
    powerWatts: power(watts === null ? null : Number(watts[1])),
    powerLimitWatts: power(watts === null || watts[2] === 'N/A' ? null : Number(watts[2])),
    state: (figures ?? head).at(-1)!.replaceAll(/\d{1,3}%/g, '').trim() || null
  }
}

/** `768MiB / 98304MiB`, `914/65536 MiB`, `66641MiB(81920MiB)`. */
function sizesIn (cell: string): { readonly used: number, readonly total: number } | null {
  const match = /(?<![\d.])(\d{1,9})\s*(?:MiB)?\s*\/\s*(\d{1,9})\s*MiB/.exec(cell) ?? /(?<![\d.])(\d{1,9})\s*MiB\s*\(\s*(\d{1,9})\s*MiB\s*\)/.exec(cell)
  return match === null ? null : { used: Number(match[1]), total: Number(match[2]) }
}

/** Rows of `26C 50W 513MiB 32768MiB 0%`, as scripts cut them out of such a table: temperature, power, used, total, load. */
export function readBareRows (text: string): TableRow[] | null {
  const rows = linesOf(text).flatMap((line) => {
    const match = /^\s*(\d{1,3})C\s+(\d{1,5})W\s+(\d{1,9})MiB\s+(\d{1,9})MiB\s+(\d{1,3})%\s*$/.exec(line)
    return match === null ? [] : [match.slice(1).map(Number) as [number, number, number, number, number]]
  })
  if (rows.length === 0) return null
  return rows.slice(0, MOST_DEVICES).map(([degrees, watts, used, total, busy], index) => ({
    index, name: null, busId: null, memory: memoryOf(mibBytes(total), mibBytes(used)), utilization: share(busy), temperatureC: temperature(degrees),
    powerWatts: power(watts), powerLimitWatts: null, state: null
  }))
}
