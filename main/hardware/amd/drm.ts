import { busId } from '../reading/busId.ts'
import { memoryBytes, power, share, temperature, wholeNumber } from '../reading/figures.ts'

/** An AMD card as the kernel's amdgpu driver shows it in sysfs, sizes in bytes. No tool and no rights are needed. */
export interface DrmCard {
  readonly card: number
  readonly busId: string | null
  /** Four hexadecimal digits, lower case. */
  readonly deviceId: string | null
  readonly revision: string | null
  readonly productName: string | null
  /** Sixteen hexadecimal digits. */
  readonly uniqueId: string | null
  readonly vramTotal: number | null
  readonly vramUsed: number | null
  /** Host memory that the card can map: on an APU its real capacity. */
  readonly gttTotal: number | null
  readonly gttUsed: number | null
  readonly utilization: number | null
  readonly temperatureC: number | null
  readonly powerWatts: number | null
  readonly powerLimitWatts: number | null
  readonly displayActive: boolean | null
  readonly asleep: boolean
}

const DEVICE = '/sys/class/drm/card*/device'

/** Files read once. */
export const DRM_FILES = [
  ...['vendor', 'device', 'revision', 'uevent', 'product_name', 'unique_id', 'mem_info_vram_total', 'mem_info_vram_used', 'mem_info_gtt_total', 'mem_info_gtt_used',
    'gpu_busy_percent', 'power/runtime_status', 'hwmon/hwmon*/temp1_input', 'hwmon/hwmon*/temp2_input', 'hwmon/hwmon*/power1_average', 'hwmon/hwmon*/power1_input', 'hwmon/hwmon*/power1_cap'].map((file) => `${DEVICE}/${file}`),
  '/sys/class/drm/card*/enabled'
] as const

/** Files that change, with those that tell the cards apart. */
export const DRM_LIVE_FILES = ['vendor', 'uevent', 'device', 'mem_info_vram_total', 'mem_info_vram_used', 'mem_info_gtt_total', 'mem_info_gtt_used', 'gpu_busy_percent',
  'power/runtime_status', 'hwmon/hwmon*/temp1_input', 'hwmon/hwmon*/temp2_input', 'hwmon/hwmon*/power1_average', 'hwmon/hwmon*/power1_input'].map((file) => `${DEVICE}/${file}`)

/** The AMD cards among `/sys/class/drm/card*`, in their order. */
export function readDrm (files: ReadonlyMap<string, string>): DrmCard[] {
  const numbers = new Set<number>()
  for (const file of files.keys()) {
    const number = /^\/sys\/class\/drm\/card(\d{1,4})\/device\//.exec(file)?.[1]
    if (number !== undefined) numbers.add(Number(number))
  }
  return [...numbers].sort((a, b) => a - b).flatMap((card) => readCard(files, card) ?? [])
}

function readCard (files: ReadonlyMap<string, string>, card: number): DrmCard | null {
  const folder = `/sys/class/drm/card${card}/device`
  const text = (file: string): string | null => files.get(`${folder}/${file}`)?.trim() || null
  const size = (file: string): number | null => memoryBytes(wholeNumber(text(file)))
  const uevent = text('uevent') ?? ''
  const ids = /^PCI_ID=([0-9a-f]{1,4}):([0-9a-f]{1,4})\s*$/im.exec(uevent)
  const vendor = (text('vendor') ?? (ids === null ? null : `0x${ids[1]!}`))?.toLowerCase()
  // Where the vendor is not to be read, the files that only amdgpu makes tell.
  if (vendor === undefined ? text('mem_info_vram_total') === null : vendor !== '0x1002') return null
  const sensor = (...names: readonly string[]): number | null => {
    for (const name of names) {
      for (const [file, value] of files) {
        if (file.startsWith(`${folder}/hwmon/`) && file.endsWith(`/${name}`) && /^-?\d{1,10}$/.test(value.trim())) return Number(value)
      }
    }
    return null
  }
  const vramTotal = size('mem_info_vram_total')
  const micro = (value: number | null): number | null => power(value === null ? null : value / 1e6)
  const millidegrees = sensor('temp1_input', 'temp2_input')
  return {
    card,
    busId: busId(/^PCI_SLOT_NAME=(.*)$/m.exec(uevent)?.[1]),
    deviceId: hex(text('device'), 4) ?? ids?.[2]?.toLowerCase().padStart(4, '0') ?? null,
    revision: hex(text('revision'), 2),
    productName: text('product_name'),
    uniqueId: /^0*([0-9a-f]{1,16})$/i.exec(text('unique_id') ?? '')?.[1]?.toLowerCase().padStart(16, '0') ?? null,
    vramTotal: vramTotal === 0 ? null : vramTotal,
    vramUsed: size('mem_info_vram_used'),
    gttTotal: size('mem_info_gtt_total'),
    gttUsed: size('mem_info_gtt_used'),
    utilization: share(wholeNumber(text('gpu_busy_percent'))),
    temperatureC: temperature(millidegrees === null ? null : millidegrees / 1000),
    powerWatts: micro(sensor('power1_average', 'power1_input')),
    powerLimitWatts: micro(sensor('power1_cap')),
    displayActive: displayActive(files, card),
    asleep: text('power/runtime_status') === 'suspended'
  }
}

const hex = (text: string | null, digits: number): string | null => /^0x([0-9a-f]+)$/i.exec(text ?? '')?.[1]?.toLowerCase().padStart(digits, '0') ?? null

/** Whether any of the card's connectors drives a display; null when it shows none. */
function displayActive (files: ReadonlyMap<string, string>, card: number): boolean | null {
  const connectors = [...files].filter(([file]) => file.startsWith(`/sys/class/drm/card${card}-`) && file.endsWith('/enabled'))
  return connectors.length === 0 ? null : connectors.some(([, value]) => value.trim() === 'enabled')
}
