import type { GpuMemory } from '#shared/contract/index.ts'
import type { ProbeRun } from '../evidence.ts'
import { busId } from '../reading/busId.ts'
import { linesOf } from '../reading/lines.ts'
import { memoryOf, MOST_DEVICES, NO_MEMORY, sizeInBytes, wholeNumber } from '../reading/figures.ts'
import { asObject, asText, objectsIn, readJson, type JsonObject } from '../reading/json.ts'
import { readSmiTable, type TableRow } from '../reading/smiTable.ts'
import { DETAIL_NAMES, XPU_SMI_DUMP, XPU_SMI_LIST, XPU_SMI_TABLE } from './probes.ts'

/** A device as xpu-smi knows it; from 2.0 on the table's row with what is in use. */
export interface XpuDevice {
  readonly id: number
  readonly name: string | null
  readonly uuid: string | null
  readonly busId: string | null
  readonly deviceId: string | null
  readonly memory: GpuMemory
  readonly eccEnabled: boolean | null
  /** Largest single tensor, in bytes. */
  readonly largestAllocation: number | null
  readonly row: TableRow | null
}

type Runs = ReadonlyMap<string, ProbeRun>

/** What xpu-smi says of every device, all its answers joined by device number. Null when none can be read. */
export function readXpuSmi (runs: Runs): XpuDevice[] | null {
  const text = (name: string): string => runs.get(name)?.stdout ?? ''
  const rows = readSmiTable(text(XPU_SMI_TABLE)) ?? []
  const partial = [
    ...[XPU_SMI_LIST, ...DETAIL_NAMES].flatMap((name) => fromJson(text(name)) ?? fromPanels(text(name))),
    ...fromDump(text(XPU_SMI_DUMP)),
    ...rows.map((row) => ({ ...NOTHING, id: row.index, name: row.name, busId: row.busId, memory: row.memory, row }))
  ]
  if (partial.length === 0) return null
  const devices = new Map<number, XpuDevice>()
  for (const part of partial) devices.set(part.id, joined(devices.get(part.id), part))
  return [...devices.values()].slice(0, MOST_DEVICES).sort((a, b) => a.id - b.id)
}

const NOTHING: Omit<XpuDevice, 'id'> = { name: null, uuid: null, busId: null, deviceId: null, memory: NO_MEMORY, eccEnabled: null, largestAllocation: null, row: null }

function joined (one: XpuDevice | undefined, other: XpuDevice): XpuDevice {
  if (one === undefined) return other
  const memory = one.memory.totalBytes === null ? other.memory : one.memory.usedBytes === null && other.memory.totalBytes !== null
    ? memoryOf(one.memory.totalBytes, other.memory.usedBytes, one.memory.freeBytes ?? other.memory.freeBytes)
    : one.memory
  return {
    id: one.id, name: one.name ?? other.name, uuid: one.uuid ?? other.uuid, busId: one.busId ?? other.busId, deviceId: one.deviceId ?? other.deviceId, memory,
    eccEnabled: one.eccEnabled ?? other.eccEnabled, largestAllocation: one.largestAllocation ?? other.largestAllocation, row: one.row ?? other.row
  }
}

function fromJson (text: string): XpuDevice[] | null {
  const root = asObject(readJson(text)?.value)
  if (root === null) return null
  // Details of one device come as a list of one, or as the object itself.
  const list = Array.isArray(root['device_list']) ? objectsIn(root['device_list']) : [root]
  const devices = list.flatMap(fromObject)
  return devices.length === 0 ? null : devices
}

function fromObject (entry: JsonObject): XpuDevice[] {
  const id = wholeNumber(entry['device_id'])
  if (id === null) return []
  const bytesOf = (key: string): number | null => sizeInBytes(typeof entry[key] === 'number' ? entry[key] : asText(entry[key]), 'B')
  const total = bytesOf('memory_physical_size_byte')
  const free = bytesOf('memory_free_size_byte')
  const ecc = asText(entry['memory_ecc_state'])
  const name = asText(entry['device_name'])
  return [{
    ...NOTHING,
    id,
    name,
    uuid: usableUuid(asText(entry['uuid'])),
    busId: busId(asText(entry['pci_bdf_address'])),
    deviceId: hexId(asText(entry['pci_device_id'])) ?? idInName(name),
    memory: memoryOf(total, total !== null && free !== null && free <= total ? total - free : null, free),
    eccEnabled: ecc === 'enabled' ? true : ecc === 'disabled' ? false : null,
    largestAllocation: bytesOf('max_mem_alloc_size_byte')
  }]
}

/** The panels of `discovery` without `-j`: `| 0 | Device Name: … |`. */
function fromPanels (text: string): XpuDevice[] {
  const devices: XpuDevice[] = []
  for (const line of linesOf(text)) {
    const cells = /^\|\s*(\d{0,3})\s*\|\s*([^:|]+?):\s*(.*?)\s*\|\s*$/.exec(line)
    if (cells === null) continue
    const [, id, key, value] = cells
    if (id !== '') devices.push({ ...NOTHING, id: Number(id) })
    const last = devices.at(-1)
    if (last === undefined) continue
    const size = /^(\d{1,9}(?:\.\d+)?) (MiB|B)$/.exec(value!)
    const known: Partial<XpuDevice> = key === 'Device Name' ? { name: value!, deviceId: idInName(value!) }
      : key === 'UUID' || key === 'SOC UUID' ? { uuid: usableUuid(value!) }
      : key === 'PCI BDF Address' ? { busId: busId(value) }
      : key === 'ECC State' ? { eccEnabled: value === 'enabled' ? true : value === 'disabled' ? false : null }
      : key === 'Memory Physical Size' && size !== null ? { memory: memoryOf(sizeInBytes(size[1], size[2]), null) }
      : key === 'Max Mem Alloc Size' && size !== null ? { largestAllocation: sizeInBytes(size[1], size[2]) }
      : {}
    devices[devices.length - 1] = { ...last, ...known }
  }
  // Panels of other commands have numbers too.
  return devices.filter((device) => device.name !== null || device.busId !== null)
}

/** CSV with quoted cells; the columns are told by their titles. */
function fromDump (text: string): XpuDevice[] {
  const lines = linesOf(text)
  const start = lines.findIndex((line) => /^"?Device ID"?,/.test(line))
  if (start < 0) return []
  const cells = (line: string): string[] => [...line.matchAll(/(?:^|,)(?:"([^"]*)"|([^,"]*))/g)].map(([, quoted, plain]) => (quoted ?? plain ?? '').trim())
  const titles = cells(lines[start]!)
  return lines.slice(start + 1).flatMap((line) => {
    const values = cells(line)
    const value = (title: string): string | null => values[titles.indexOf(title)] ?? null
    const id = wholeNumber(value('Device ID'))
    if (id === null || values.length !== titles.length) return []
    const size = /^(\d{1,9}(?:\.\d+)?) (MiB|B)$/.exec(value('Memory Physical Size') ?? '')
    const name = value('Device Name')
    return [{ ...NOTHING, id, name, busId: busId(value('PCI BDF Address')), deviceId: idInName(name), memory: size === null ? NO_MEMORY : memoryOf(sizeInBytes(size[1], size[2]), null) }]
  })
}

const hexId = (text: string | null): string | null => /^0x([0-9a-f]{1,4})$/i.exec(text ?? '')?.[1]?.toLowerCase().padStart(4, '0') ?? null

/** Drivers that do not know the product call it `Intel(R) Graphics [0xe211]`. */
const idInName = (name: string | null): string | null => hexId(/\[(0x[0-9a-f]{1,4})\]/i.exec(name ?? '')?.[1] ?? null)

/** Some drivers build the UUID from the PCI id alone, the same for equal cards. */
const usableUuid = (uuid: string | null): string | null => uuid === null || /^0{8}-0{4}-0{4}-0{4}-/.test(uuid) || !/^[0-9a-f-]{36}$/i.test(uuid) ? null : uuid
