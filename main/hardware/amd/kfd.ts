import { memoryBytes, wholeNumber } from '../reading/figures.ts'

/** A device that can compute, as the kernel's KFD lists it, with or without ROCm. */
export interface KfdNode {
  readonly node: number
  readonly busId: string
  readonly deviceId: string | null
  /** `gfx90a`. */
  readonly gfx: string | null
  /** Sixteen hexadecimal digits; the partitions of a card share one. */
  readonly uniqueId: string | null
  /** Devices of one hive reach each other by XGMI. */
  readonly hive: string | null
  readonly totalBytes: number | null
}

export const KFD_FILES = ['/sys/class/kfd/kfd/topology/nodes/*/properties', '/sys/class/kfd/kfd/topology/nodes/*/mem_banks/*/properties'] as const

/** The devices among the nodes, in the order in which HIP counts them. Processors are nodes too and have no SIMD units. */
export function readKfd (files: ReadonlyMap<string, string>): KfdNode[] {
  const nodes: KfdNode[] = []
  for (const [file, text] of files) {
    const node = /^\/sys\/class\/kfd\/kfd\/topology\/nodes\/(\d{1,4})\/properties$/.exec(file)?.[1]
    if (node !== undefined) nodes.push(...readNode(Number(node), properties(text), files))
  }
  return nodes.sort((a, b) => a.node - b.node)
}

type Properties = ReadonlyMap<string, string>

const properties = (text: string): Properties => new Map(text.split('\n').flatMap((line) => {
  const match = /^(\w+) (\d{1,20})\s*$/.exec(line)
  return match === null ? [] : [[match[1]!, match[2]!] as const]
}))

function readNode (node: number, known: Properties, files: ReadonlyMap<string, string>): KfdNode[] {
  const number = (key: string): number | null => wholeNumber(known.get(key))
  const location = number('location_id')
  if ((number('simd_count') ?? 0) === 0 || location === null) return []
  const vendor = number('vendor_id')
  if (vendor !== null && vendor !== 0x1002) return []
  const deviceId = number('device_id')
  return [{
    node,
    busId: placeOf(number('domain') ?? 0, location),
    deviceId: deviceId === null || deviceId > 0xFFFF ? null : deviceId.toString(16).padStart(4, '0'),
    gfx: gfxName(number('gfx_target_version')),
    uniqueId: hexId(known.get('unique_id')),
    hive: known.get('hive_id') === '0' ? null : known.get('hive_id') ?? null,
    totalBytes: localMemory(node, files)
  }]
}

/** Bus, device and function are packed into one number. */
function placeOf (domain: number, location: number): string {
  const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0')
  return `${hex(domain, 8)}:${hex(location >> 8 & 0xFF, 2)}:${hex(location >> 3 & 0x1F, 2)}.${location & 7}`
}

/** 90010 is gfx90a: major, minor and stepping in two decimal digits each, written in hexadecimal. */
function gfxName (version: number | null): string | null {
  if (version === null || version < 10_000) return null
  return `gfx${Math.floor(version / 10_000)}${(Math.floor(version / 100) % 100).toString(16)}${(version % 100).toString(16)}`
}

function hexId (decimal: string | undefined): string | null {
  if (decimal === undefined || decimal === '0') return null
  const value = BigInt(decimal)
  return value >= 1n << 64n ? null : value.toString(16).padStart(16, '0')
}

/** Heaps 1 and 2 are the device's own memory, of which the processor sees all or a part. */
function localMemory (node: number, files: ReadonlyMap<string, string>): number | null {
  let total = 0
  for (const [file, text] of files) {
    if (!file.startsWith(`/sys/class/kfd/kfd/topology/nodes/${node}/mem_banks/`)) continue
    const bank = properties(text)
    if (bank.get('heap_type') === '1' || bank.get('heap_type') === '2') total += wholeNumber(bank.get('size_in_bytes')) ?? 0
  }
  return total === 0 ? null : memoryBytes(total)
}
