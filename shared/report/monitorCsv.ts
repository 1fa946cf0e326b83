/** A live reading as the contract has it, as far as it goes into the file. */
interface Reading {
  readonly at: string
  readonly devices: readonly {
    readonly key: string
    readonly usedBytes: number | null
    readonly freeBytes: number | null
    readonly totalBytes: number | null
    readonly utilization: number | null
    readonly temperatureC: number | null
    readonly powerWatts: number | null
  }[]
  readonly processes: readonly { readonly deviceKey: string }[] | null
}

interface Device {
  readonly key: string
  readonly index: number
  readonly name: string
}

const COLUMNS = ['time', 'gpu', 'name', 'used_bytes', 'free_bytes', 'total_bytes', 'utilization', 'temperature_c', 'power_w', 'processes'] as const

/** RFC 4180: quoted where a comma, a quote or a line break would split the cell. */
const cell = (value: string | number | null): string => {
  const text = value === null ? '' : String(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** Live readings as CSV, a row per device and reading, oldest first. Bytes, 0 … 1, °C, W; an empty cell is not known. */
export function monitorCsv (samples: readonly Reading[], devices: readonly Device[]): string {
  const rows = samples.flatMap(({ at, devices: readings, processes }) => readings.map((reading) => {
    const device = devices.find(({ key }) => key === reading.key)
    const count = processes?.filter(({ deviceKey }) => deviceKey === reading.key).length ?? null
    return [at, device?.index ?? reading.key, device?.name ?? null, reading.usedBytes, reading.freeBytes, reading.totalBytes, reading.utilization, reading.temperatureC, reading.powerWatts, count]
  }))
  return [COLUMNS, ...rows].map((row) => row.map(cell).join(',')).join('\r\n') + '\r\n'
}
