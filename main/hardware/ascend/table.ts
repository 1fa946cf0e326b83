import { busId } from '../reading/busId.ts'
import { decimal, mibBytes, MOST_DEVICES, power, share, temperature, wholeNumber } from '../reading/figures.ts'
import { linesOf, matchLines } from '../reading/lines.ts'
import type { GpuProcess } from '#shared/contract/index.ts'

/** `used / total` in MB of a column, null where the column is missing. */
export interface Usage {
  readonly used: number
  readonly total: number
}

/** One chip in the table of `npu-smi info`: a line for its NPU and one for itself. */
export interface Chip {
  readonly npu: number
  readonly chip: number
  /** `910B4`, `Ascend910`; `xxx` where the machine's owner masked it. */
  readonly name: string
  readonly health: string
  /** The number that the driver gives it over all NPUs. */
  readonly deviceId: number | null
  readonly busId: string | null
  readonly powerWatts: number | null
  readonly temperatureC: number | null
  readonly utilization: number | null
  readonly memory: Usage | null
  readonly hbm: Usage | null
}

export interface NpuTable {
  readonly chips: readonly Chip[]
  /** By `npu/chip`; null when the table has no list of processes. */
  readonly processes: ReadonlyMap<string, readonly GpuProcess[]> | null
}

/** Reads `npu-smi info` of releases 21 to 26 by its bars and column titles; widths differ. Null when there is no such table. */
export function readNpuTable (text: string): NpuTable | null {
  const rows = linesOf(text).map(cellsOf)
  const titleAt = rows.findIndex((cells) => cells !== null && /^NPU\s+Name$/.test(cells[0] ?? ''))
  const titles = rows[titleAt + 1]
  if (titleAt < 0 || titles === null || titles === undefined) return null
  const columns = { upper: words(rows[titleAt]![2] ?? ''), lower: words(titles[2] ?? ''), first: words(titles[0] ?? '') }
  const processesAt = rows.findIndex((cells) => cells !== null && /^NPU\s+Chip$/.test(cells[0] ?? ''))
  const end = processesAt < 0 ? rows.length : processesAt
  const body = rows.slice(titleAt + 2, end).filter((cells) => cells !== null && cells.length >= 3)
  const chips: Chip[] = []
  for (let at = 0; at + 1 < body.length && chips.length < MOST_DEVICES; at++) {
    const chip = readPair(body[at]!, body[at + 1]!, columns)
    if (chip === null) continue
    if (!chips.some((other) => other.npu === chip.npu && other.chip === chip.chip)) chips.push(chip)
    at++
  }
  return {
    chips,
    processes: processesAt < 0 ? null : readProcesses(rows.slice(processesAt + 1).flatMap((cells) => cells === null ? [] : [cells]))
  }
}

function cellsOf (line: string): string[] | null {
  const trimmed = line.trim()
  if (!trimmed.startsWith('|')) return null
  return trimmed.replace(/^\|/, '').replace(/\|$/, '').split('|').map((cell) => cell.trim())
}

const words = (cell: string): string[] => cell.split(/\s+/).filter((word) => word !== '')

interface Columns {
  readonly upper: readonly string[]
  readonly lower: readonly string[]
  readonly first: readonly string[]
}

function readPair (upper: readonly string[], lower: readonly string[], columns: Columns): Chip | null {
  const npu = /^(\d{1,4})\s+(\S.*)$/.exec(upper[0] ?? '')
  const numbers = words(lower[0] ?? '')
  const chip = wholeNumber(numbers[0])
  // The line of a chip begins with its number and has a place on the bus; that of an NPU has a name and its health.
  if (npu === null || chip === null || !/:[0-9a-fx]{2}[:.]/i.test(lower[1] ?? '')) return null
  const above = values(upper[2] ?? '', columns.upper)
  const below = values(lower[2] ?? '', columns.lower)
  return {
    npu: Number(npu[1]),
    chip,
    name: npu[2]!,
    health: upper[1] ?? '',
    deviceId: columns.first.length > 1 ? wholeNumber(numbers[1]) : null,
    busId: busId(lower[1]),
    powerWatts: power(decimal(above.get('Power(W)'))),
    temperatureC: temperature(decimal(above.get('Temp(C)'))),
    utilization: share(decimal(below.get('AICore(%)'))),
    memory: usage(below.get('Memory-Usage(MB)')),
    hbm: usage(below.get('HBM-Usage(MB)'))
  }
}

/** The values of a cell under its titles: one word each, but `used / total` where the title speaks of usage. */
function values (cell: string, titles: readonly string[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  let rest = cell
  for (const title of titles) {
    const match = (title.includes('Usage') ? /^\s*(\S+\s*\/\s*\S+)/ : /^\s*(\S+)/).exec(rest)
    if (match === null) break
    found.set(title, match[1]!)
    rest = rest.slice(match[0].length)
  }
  return found
}

function usage (text: string | undefined): Usage | null {
  const match = /^(\d{1,9})\s*\/\s*(\d{1,9})$/.exec(text ?? '')
  return match === null ? null : { used: Number(match[1]), total: Number(match[2]) }
}

function readProcesses (rows: readonly (readonly string[])[]): ReadonlyMap<string, readonly GpuProcess[]> {
  const processes = new Map<string, GpuProcess[]>()
  for (const [place, pid, name, memory] of rows) {
    const at = /^(\d{1,4})\s+(\d{1,4})$/.exec(place ?? '')
    const number = wholeNumber(pid)
    if (at === null || number === null) continue
    const key = `${at[1]!}/${at[2]!}`
    processes.set(key, [...processes.get(key) ?? [], { pid: number, name: name || null, type: null, usedBytes: mibBytes(wholeNumber(memory)) }])
  }
  return processes
}

/** The chips' product names by `npu/chip`, from `npu-smi info -m`. The board's controller (Mcu) is no chip. */
export function readMapping (text: string): ReadonlyMap<string, string> {
  return new Map(matchLines(text, /^\s*(\d{1,4})\s+(\d{1,4})\s+(?:\d{1,4}|-)\s+(\S.*)$/).flatMap(([npu, chip, name]) => /^mcu$/i.test(name!.trim()) ? [] : [[`${npu!}/${chip!}`, name!.trim()] as const]))
}
