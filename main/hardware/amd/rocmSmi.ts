import { busId } from '../reading/busId.ts'
import { decimal, MOST_DEVICES, power, share, sizeInBytes, temperature } from '../reading/figures.ts'
import { asObject, readJson } from '../reading/json.ts'
import { linesOf, matchLines } from '../reading/lines.ts'
import { specificName } from './names.ts'
import type { ToolCard } from './toolCard.ts'

export interface RocmCard extends ToolCard {
  readonly maker: 'amd' | 'hygon'
  readonly utilization: number | null
  readonly temperatureC: number | null
  readonly powerWatts: number | null
}

/** One card's answers: keys in lower case with single spaces, values as text. */
type Answers = ReadonlyMap<string, string>

/**
 * What rocm-smi says of each card, of any release: its JSON, its CSV, its lines `GPU[0] : key: value`, or its short table; and
 * Hygon's copy of it. Null when there is none of these.
 */
export function readRocmSmi (text: string): RocmCard[] | null {
  const cards = fromJson(text) ?? fromCsv(text) ?? fromLines(text) ?? fromTable(text)
  return cards === null ? null : [...cards].slice(0, MOST_DEVICES).sort(([a], [b]) => a - b).map(([index, answers]) => readCard(index, answers))
}

type Cards = ReadonlyMap<number, Answers>

function fromJson (text: string): Cards | null {
  const root = asObject(readJson(text)?.value)
  return root === null ? null : gather(Object.entries(root).flatMap(([name, value]) => {
    const index = /^card(\d{1,4})$/.exec(name)?.[1]
    const answers = asObject(value)
    return index === undefined || answers === null ? [] : Object.entries(answers).map(([key, answer]) => [Number(index), key, answer] as const)
  }))
}

function fromCsv (text: string): Cards | null {
  const lines = linesOf(text)
  const start = lines.findIndex((line) => line.startsWith('device,'))
  if (start < 0) return null
  const keys = lines[start]!.split(',')
  return gather(lines.slice(start + 1).flatMap((line) => {
    const values = line.split(',')
    const index = /^card(\d{1,4})$/.exec(values[0] ?? '')?.[1]
    return index === undefined || values.length !== keys.length ? [] : keys.map((key, at) => [Number(index), key, values[at]] as const)
  }))
}

function fromLines (text: string): Cards | null {
  return gather(matchLines(text, /^(?:GPU|DCU|HCU)\[(\d{1,4})\]\s*:\s*([^:]+):\s*(\S.*)$/).map(([index, key, value]) => [Number(index), key!, value] as const))
}

/** The table of a run without arguments gives shares of memory only; its rows tell how many cards there are. */
function fromTable (text: string): Cards | null {
  const lines = linesOf(text)
  const isHygon = lines.some((line) => /^(DCU|HCU)\s+Temp/.test(line))
  if (!isHygon && !lines.some((line) => /^(GPU|Device)\b.*\bVRAM%/.test(line))) return null
  return gather(lines.flatMap((line, at) => {
    const index = /^(\d{1,4})\s+\S/.exec(line)?.[1]
    if (index === undefined) return []
    const model = /\[(0x[0-9a-f]{4})\s*:\s*(0x[0-9a-f]{2})\]/i.exec(line)
    const name = /^\s+(\S.*?)\s*$/.exec(lines[at + 1] ?? '')?.[1]
    return [
      [Number(index), 'card vendor', isHygon ? 'hygon' : 'amd'] as const,
      ...model === null ? [] : [[Number(index), 'device id', model[1]] as const, [Number(index), 'device rev', model[2]] as const],
      ...model === null || name === undefined ? [] : [[Number(index), 'card series', name] as const]
    ]
  }))
}

function gather (answers: readonly (readonly [number, string, unknown])[]): Cards | null {
  const cards = new Map<number, Map<string, string>>()
  for (const [index, key, value] of answers) {
    const card = cards.get(index) ?? new Map<string, string>()
    cards.set(index, card)
    const plain = key.toLowerCase().replaceAll(/\s+/g, ' ').trim()
    if ((typeof value === 'string' || typeof value === 'number') && !card.has(plain)) card.set(plain, String(value).trim())
  }
  return cards.size === 0 ? null : cards
}

function readCard (index: number, answers: Answers): RocmCard {
  const text = (...keys: readonly string[]): string | null => keys.map((key) => answers.get(key)).find((value) => value !== undefined && value !== '') ?? null
  const hex = (digits: number, ...keys: readonly string[]): string | null => {
    for (const key of keys) {
      const match = new RegExp(`^0x([0-9a-f]{1,${digits}})$`, 'i').exec(answers.get(key) ?? '')
      if (match !== null) return match[1]!.toLowerCase().padStart(digits, '0')
    }
    return null
  }
  const node = /^\d{1,4}$/.exec(text('node id') ?? '')?.[0]
  return {
    index,
    maker: /haiguang|hygon/i.test(text('card vendor') ?? '') || answers.has('dcu use (%)') || answers.has('hcu use (%)') ? 'hygon' : 'amd',
    node: node === undefined ? null : Number(node),
    busId: busId(text('pci bus')),
    partition: null,
    // `Card model` was the board's number until release 6.1.
    deviceId: hex(4, 'device id', 'gpu id') ?? (answers.has('guid') ? hex(4, 'card model') : null),
    revision: hex(2, 'device rev'),
    uniqueId: hex(16, 'unique id') ?? /^[0-9a-f]{16}$/i.exec(text('unique id') ?? '')?.[0].toLowerCase() ?? null,
    name: specificName(text('card series')) ?? specificName(text('device name')),
    gfx: gfxOf(text('gfx version')),
    vramTotal: memory(answers, 'vram total memory'),
    vramUsed: memory(answers, 'vram total used memory'),
    gttTotal: memory(answers, 'gtt total memory'),
    gttUsed: memory(answers, 'gtt total used memory'),
    utilization: share(decimal(text('gpu use (%)', 'dcu use (%)', 'hcu use (%)'))),
    temperatureC: temperature(decimal(text('temperature (sensor edge) (c)', 'temperature (sensor junction) (c)'))),
    powerWatts: power(decimal(text('average graphics package power (w)', 'current socket graphics package power (w)')))
  }
}

/** The unit stands in the key: bytes, or MiB in Hygon's copy. */
function memory (answers: Answers, what: string): number | null {
  for (const [key, value] of answers) {
    const unit = key.startsWith(`${what} (`) ? /^\((\w+)\)$/.exec(key.slice(what.length + 1))?.[1] : undefined
    if (unit !== undefined && /^\d{1,15}$/.test(value)) return sizeInBytes(value, unit)
  }
  return null
}

/** Some releases write gfx1101 as `gfx11001`, with every part in two digits. */
function gfxOf (text: string | null): string | null {
  const name = /^gfx[0-9a-f]{3,5}$/i.exec(text ?? '')?.[0].toLowerCase() ?? null
  const long = /^gfx(\d\d)(\d)0(\d)$/.exec(name ?? '')
  return long === null ? name : `gfx${long[1]}${long[2]}${long[3]}`
}
