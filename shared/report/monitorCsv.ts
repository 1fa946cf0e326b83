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
}

interface Device {
  readonly key: string
  readonly index: number
  readonly name: string
}

/** The columns, as units say: bytes, share of time 0 … 1, °C, W. An empty cell is unknown. */
export const MONITOR_CSV_HEADER = 'at,index,device,name,used_bytes,free_bytes,total_bytes,utilization,temperature_c,power_w'

/** Live readings as CSV (RFC 4180, lines ending in LF): a row per reading and device, oldest first. */
export function monitorCsv (samples: readonly Reading[], devices: readonly Device[]): string {
  return [MONITOR_CSV_HEADER, ...samples.flatMap((sample) => monitorCsvRows(sample, devices)), ''].join('\n')
}

/** The rows of one reading. */
export function monitorCsvRows ({ at, devices: readings }: Reading, devices: readonly Device[]): string[] {
  return readings.map(({ key, usedBytes, freeBytes, totalBytes, utilization, temperatureC, powerWatts }) => {
    const [cardKey, slice] = key.split(/\/(?=mig-\d+$)/) as [string, string?]
    const card = devices.find((device) => device.key === cardKey)
    const name = card === undefined ? '' : `${card.name}${slice === undefined ? '' : ` ${slice}`}`
    return [at, card?.index ?? '', text(key), text(name), ...[usedBytes, freeBytes, totalBytes, utilization, temperatureC, powerWatts].map((figure) => figure ?? '')].join(',')
  })
}

/** Quoted where needed. A spreadsheet would run what begins like a formula. */
function text (value: string): string {
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
