import type { DeviceSample, Sample } from '#shared/contract/index.ts'

export interface HistoryRow extends DeviceSample {
  readonly at: number
}

/** A device's readings of the last stretch, newest first, thinned to `most` by keeping the fullest of each part. */
export function historyRows (samples: readonly Sample[], key: string, spanMs: number, most = 60): HistoryRow[] {
  const last = samples.at(-1)
  if (!last) return []
  const from = Date.parse(last.at) - spanMs
  const rows = samples.flatMap((sample) => {
    const at = Date.parse(sample.at)
    const device = at < from ? undefined : sample.devices.find((one) => one.key === key)
    return device ? [{ ...device, at }] : []
  })
  const size = Math.max(1, Math.ceil(rows.length / most))
  const thinned: HistoryRow[] = []
  for (let end = rows.length; end > 0; end -= size) {
    const part = rows.slice(Math.max(0, end - size), end)
    thinned.push(part.reduce((fullest, row) => (row.usedBytes ?? -1) > (fullest.usedBytes ?? -1) ? row : fullest, part.at(-1)!))
  }
  return thinned
}
