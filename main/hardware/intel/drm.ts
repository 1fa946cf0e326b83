import { busId } from '../reading/busId.ts'
import { memoryBytes, power, temperature, wholeNumber } from '../reading/figures.ts'

/** An Intel GPU as the kernel's i915 or xe driver shows it. Neither tells how much memory it has; newer kernels may, by tile. */
export interface IntelCard {
  readonly busId: string | null
  readonly deviceId: string | null
  readonly totalBytes: number | null
  readonly usedBytes: number | null
  readonly temperatureC: number | null
  readonly powerLimitWatts: number | null
  readonly displayActive: boolean | null
  readonly asleep: boolean
}

const DEVICE = '/sys/class/drm/card*/device'

export const INTEL_FILES = [
  ...['vendor', 'device', 'uevent', 'power/runtime_status', 'tile*/physical_vram_size_bytes', 'hwmon/hwmon*/temp1_input', 'hwmon/hwmon*/temp2_input', 'hwmon/hwmon*/power1_cap', 'hwmon/hwmon*/power1_max'].map((file) => `${DEVICE}/${file}`),
  '/sys/class/drm/card*/lmem_total_bytes', '/sys/class/drm/card*/lmem_avail_bytes', '/sys/class/drm/card*/enabled'
] as const

export function readDrmIntel (files: ReadonlyMap<string, string>): IntelCard[] {
  const numbers = new Set<number>()
  for (const file of files.keys()) {
    const number = /^\/sys\/class\/drm\/card(\d{1,4})\/device\//.exec(file)?.[1]
    if (number !== undefined) numbers.add(Number(number))
  }
  return [...numbers].sort((a, b) => a - b).flatMap((card) => readCard(files, card) ?? [])
}

function readCard (files: ReadonlyMap<string, string>, card: number): IntelCard | null {
  const folder = `/sys/class/drm/card${card}`
  const text = (file: string): string | null => files.get(`${folder}/${file}`)?.trim() || null
  const uevent = text('device/uevent') ?? ''
  const ids = /^PCI_ID=([0-9a-f]{1,4}):([0-9a-f]{1,4})\s*$/im.exec(uevent)
  if ((text('device/vendor') ?? (ids === null ? null : `0x${ids[1]!}`))?.toLowerCase() !== '0x8086') return null
  const sensor = (...names: readonly string[]): number | null => {
    const found = names.flatMap((name) => [...files].filter(([file]) => file.startsWith(`${folder}/device/hwmon/`) && file.endsWith(`/${name}`))).map(([, value]) => wholeNumber(value))
    return found.find((value) => value !== null) ?? null
  }
  const tiles = [...files].filter(([file]) => file.startsWith(`${folder}/device/tile`) && file.endsWith('/physical_vram_size_bytes')).map(([, value]) => wholeNumber(value) ?? 0)
  const total = memoryBytes(wholeNumber(text('lmem_total_bytes'))) ?? memoryBytes(tiles.reduce((sum, size) => sum + size, 0))
  const free = memoryBytes(wholeNumber(text('lmem_avail_bytes')))
  const millidegrees = sensor('temp1_input', 'temp2_input')
  const microwatts = sensor('power1_cap', 'power1_max')
  const connectors = [...files].filter(([file]) => file.startsWith(`${folder}-`) && file.endsWith('/enabled'))
  return {
    busId: busId(/^PCI_SLOT_NAME=(.*)$/m.exec(uevent)?.[1]),
    deviceId: /^0x([0-9a-f]{1,4})$/i.exec(text('device/device') ?? '')?.[1]?.toLowerCase().padStart(4, '0') ?? ids?.[2]?.toLowerCase().padStart(4, '0') ?? null,
    totalBytes: total === 0 ? null : total,
    usedBytes: total !== null && total > 0 && free !== null && free <= total ? total - free : null,
    temperatureC: temperature(millidegrees === null ? null : millidegrees / 1000),
    powerLimitWatts: power(microwatts === null ? null : microwatts / 1e6),
    displayActive: connectors.length === 0 ? null : connectors.some(([, value]) => value.trim() === 'enabled'),
    asleep: text('device/power/runtime_status') === 'suspended'
  }
}
