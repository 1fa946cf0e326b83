import type { ProbeRun } from '../evidence.ts'
import { busId } from '../reading/busId.ts'
import { MOST_DEVICES, sizeInBytes, wholeNumber } from '../reading/figures.ts'
import { asObject, asText, objectsIn, readJson, type JsonObject } from '../reading/json.ts'
import { linesOf } from '../reading/lines.ts'
import { specificName } from './names.ts'
import type { ToolCard } from './toolCard.ts'

export const AMD_SMI_STATIC = 'amd-smi static --asic --vram --bus --json'
export const AMD_SMI_MEMORY = 'amd-smi metric --mem-usage --json'

/**
 * What amd-smi says of each device. The top level is an array, or from ROCm 7 on an object with `gpu_data`; figures are
 * numbers or `{ value, unit }`; what a device lacks is `N/A`. Null when there is no answer.
 */
export function readAmdSmi (staticRun: ProbeRun | undefined, memoryRun: ProbeRun | undefined): ToolCard[] | null {
  const fixed = entries(staticRun)
  const usage = entries(memoryRun)
  if (fixed === null && usage === null) return null
  const indices = new Set([...(fixed ?? []), ...(usage ?? [])].flatMap((entry) => wholeNumber(entry['gpu']) ?? []))
  const entryOf = (list: readonly JsonObject[] | null, index: number): JsonObject => list?.find((entry) => wholeNumber(entry['gpu']) === index) ?? {}
  return [...indices].slice(0, MOST_DEVICES).sort((a, b) => a - b).map((index) => readCard(index, entryOf(fixed, index), entryOf(usage, index)))
}

function entries (run: ProbeRun | undefined): JsonObject[] | null {
  if (run === undefined) return null
  const found = readJson(run.stdout)?.value
  const list = Array.isArray(found) ? found : asObject(found)?.['gpu_data'] ?? fromText(run.stdout)
  if (!Array.isArray(list)) return null
  const objects = objectsIn(list)
  return objects.some((entry) => wholeNumber(entry['gpu']) !== null) ? objects : null
}

/** The same without `--json`: `GPU: 0`, sections and their values, each four spaces further in. */
function fromText (text: string): JsonObject[] {
  const entries: Record<string, unknown>[] = []
  let section: Record<string, unknown> | null = null
  for (const line of linesOf(text)) {
    const [, indent, key, value] = /^( *)([A-Z][A-Z0-9_]*):\s*(.*?)\s*$/.exec(line) ?? []
    const entry = entries.at(-1)
    if (indent === undefined || key === undefined) continue
    if (indent === '' && key === 'GPU') entries.push({ gpu: value, bus: {} })
    else if (entry !== undefined && indent.length === 4 && value === '') entry[key.toLowerCase()] = section = {}
    // The list gives the place without a section.
    else if (entry !== undefined && indent.length === 4 && key === 'BDF') entry['bus'] = { bdf: value }
    else if (entry !== undefined && indent.length === 8 && section !== null) section[key.toLowerCase()] = value
  }
  return entries
}

function readCard (index: number, fixed: JsonObject, usage: JsonObject): ToolCard {
  const asic = asObject(fixed['asic']) ?? {}
  const bus = asObject(fixed['bus']) ?? {}
  const board = asObject(fixed['board']) ?? {}
  const partition = asObject(fixed['partition']) ?? {}
  const vram = asObject(fixed['vram']) ?? {}
  const memory = asObject(usage['mem_usage']) ?? {}
  const gfx = /^gfx[0-9a-f]{3,5}$/i.exec(asText(asic['target_graphics_version']) ?? '')?.[0].toLowerCase() ?? null
  return {
    index,
    node: null,
    busId: busId(asText(bus['bdf'])),
    partition: wholeNumber(partition['partition_id']),
    deviceId: /^0x([0-9a-f]{1,4})$/i.exec(asText(asic['device_id']) ?? '')?.[1]?.toLowerCase().padStart(4, '0') ?? null,
    revision: /^0x([0-9a-f]{1,2})$/i.exec(asText(asic['rev_id']) ?? '')?.[1]?.toLowerCase().padStart(2, '0') ?? null,
    uniqueId: /^0x([0-9a-f]{1,16})$/i.exec(asText(asic['asic_serial']) ?? '')?.[1]?.toLowerCase().padStart(16, '0') ?? null,
    // The board's name differs from the market's, and it may hold the maker alone.
    name: specificName(asText(asic['market_name'])) ?? specificName(asText(board['product_name'])),
    gfx,
    vramTotal: size(memory['total_vram']) ?? size(vram['size']) ?? size(vram['vram_size'], 'MB') ?? size(vram['size_mb'], 'MB'),
    vramUsed: size(memory['used_vram']),
    gttTotal: size(memory['total_gtt']),
    gttUsed: size(memory['used_gtt'])
  }
}

/** Plain numbers of early releases are megabytes. */
function size (value: unknown, unit = 'MB'): number | null {
  const figure = asObject(value)
  if (figure !== null) return sizeInBytes(figure['value'], figure['unit'])
  const [number, written] = (typeof value === 'string' ? value.trim() : String(value ?? '')).split(/\s+/)
  return sizeInBytes(number, written ?? unit)
}
