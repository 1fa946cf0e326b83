import { asArray, asObject, asText, objectsIn, readJson, type JsonObject } from '../reading/json.ts'
import { linesOf } from '../reading/lines.ts'
import { decimal, memoryBytes, MOST_DEVICES } from '../reading/figures.ts'

/** A display adapter as Windows lists it. */
export interface Adapter {
  readonly name: string
  /** `1002:7550`, null for adapters of software and of Arm systems. */
  readonly pciDeviceId: string | null
  /** Dedicated memory in bytes as the driver wrote it to the registry; null when it did not, or when the figure is capped. */
  readonly memoryBytes: number | null
  /** Whether a figure stood there that is known to be a ceiling. */
  readonly capped: boolean
  /** Of Windows, `10.0.1.2`. */
  readonly driverVersion: string | null
  /** Device manager's error: 0 works, 28 has no driver. */
  readonly errorCode: number | null
  readonly displayActive: boolean | null
}

/** AdapterRAM has 32 bits: every card of 4 GiB or more shows this, or this as a negative number. */
export const ADAPTER_RAM_CAP = 4_293_918_720

/**
 * The adapters in the answer of the PowerShell probe, or in a list that a user pasted (`Format-List`, wmic's table). Null
 * when there is neither.
 */
export function readAdapters (text: string): Adapter[] | null {
  return fromJson(text) ?? fromLists(text) ?? fromTable(text)
}

function fromJson (text: string): Adapter[] | null {
  const root = asObject(readJson(text)?.value)
  const controllers = root?.['controllers']
  if (root === null || controllers === undefined) return null
  const entries = listOf(root['registry']).map((entry) => ({ id: asText(entry['id'])?.toLowerCase() ?? '', name: asText(entry['name']), memory: quadWord(entry['memory']) }))
  return listOf(controllers).slice(0, MOST_DEVICES).flatMap((controller) => {
    const name = asText(controller['name'])
    const device = asText(controller['device'])?.toLowerCase() ?? ''
    if (name === null) return []
    // Equal cards have equal entries; each is used once.
    const at = entries.findIndex((entry) => (entry.id !== '' && device.startsWith(entry.id)) || (entry.id === '' && entry.name === name))
    const entry = at < 0 ? undefined : entries.splice(at, 1)[0]
    return [adapter({
      name, device, registry: entry?.memory ?? null, adapterRam: decimal(controller['ram']),
      version: asText(controller['version']), error: decimal(controller['error']), width: decimal(controller['width']) ?? (controller['width'] === null ? 0 : null)
    })]
  })
}

/** ConvertTo-Json writes a list of one as its only member. */
const listOf = (value: unknown): JsonObject[] => objectsIn(Array.isArray(value) ? value : [value])

/** A number, or the bytes of one, least first. */
function quadWord (value: unknown): number | null {
  // PowerShell 5 wraps some lists.
  const list = asObject(value)?.['value'] ?? value
  if (!Array.isArray(list)) return memoryBytes(decimal(list))
  const octets = asArray(list)
  if (octets.length !== 8 && octets.length !== 4) return null
  if (!octets.every((octet) => typeof octet === 'number' && Number.isInteger(octet) && octet >= 0 && octet <= 255)) return null
  return memoryBytes((octets as number[]).reduceRight((sum, octet) => sum * 256 + octet, 0))
}

/** Records of `Name : value` lines. */
function fromLists (text: string): Adapter[] | null {
  const records: Map<string, string>[] = [new Map()]
  for (const line of linesOf(text)) {
    const match = /^([A-Za-z_]\w*)\s*:(?:\s(.*)|\s*)$/.exec(line)
    if (match === null) continue
    const [, key, value = ''] = match
    if (records.at(-1)!.has(key!)) records.push(new Map())
    records.at(-1)!.set(key!, value.trim())
  }
  const named = records.slice(0, MOST_DEVICES).filter((record) => record.has('Name') || record.has('Caption'))
  if (named.length === 0) return null
  return named.map((record) => adapter({
    name: record.get('Name') || record.get('Caption') || 'Display adapter',
    device: record.get('PNPDeviceID')?.toLowerCase() ?? '',
    registry: null,
    adapterRam: decimal(record.get('AdapterRAM')),
    version: record.get('DriverVersion') || null,
    error: decimal(record.get('ConfigManagerErrorCode')),
    width: decimal(record.get('CurrentHorizontalResolution'))
  }))
}

/** wmic's columns start where their titles do. */
function fromTable (text: string): Adapter[] | null {
  const lines = linesOf(text).filter((line) => line.trim() !== '')
  const titles = [...(lines[0] ?? '').matchAll(/\S+/g)].map((match) => ({ title: match[0], start: match.index }))
  const columns = new Map(titles.map(({ title, start }, at) => [title, [start, titles[at + 1]?.start] as const]))
  if (!columns.has('AdapterRAM') || !columns.has('Name')) return null
  const cell = (line: string, title: string): string => {
    const column = columns.get(title)
    return column === undefined ? '' : line.slice(...column).trim()
  }
  return lines.slice(1).filter((line) => cell(line, 'Name') !== '').map((line) => adapter({
    name: cell(line, 'Name'), device: cell(line, 'PNPDeviceID').toLowerCase(), registry: null, adapterRam: decimal(cell(line, 'AdapterRAM')), version: cell(line, 'DriverVersion') || null, error: null, width: null
  }))
}

interface Raw {
  readonly name: string
  readonly device: string
  readonly registry: number | null
  readonly adapterRam: number | null
  readonly version: string | null
  readonly error: number | null
  readonly width: number | null
}

const isCap = (figure: number | null): boolean => figure !== null && (figure < 0 || figure === ADAPTER_RAM_CAP || figure === 2 ** 32 - 1)

function adapter ({ name, device, registry, adapterRam, version, error, width }: Raw): Adapter {
  const ids = /\bven_([0-9a-f]{4})&dev_([0-9a-f]{4})/.exec(device)
  return {
    name,
    pciDeviceId: ids === null ? null : `${ids[1]!}:${ids[2]!}`,
    memoryBytes: registry === null || registry === 0 || isCap(registry) ? null : registry,
    capped: isCap(registry) || ((registry === null || registry === 0) && isCap(adapterRam)),
    driverVersion: version,
    errorCode: error,
    displayActive: width === null ? null : width > 0
  }
}
