import type { DetectedGpu, ProcessSample } from '#shared/contract/index.ts'

export interface ProcessRow {
  readonly device: string
  readonly deviceIndex: number
  readonly pid: number
  readonly name: string | null
  readonly type: string | null
  readonly usedBytes: number | null
}

export const PROCESS_COLUMNS = ['device', 'pid', 'name', 'type', 'memory'] as const
export type ProcessColumn = (typeof PROCESS_COLUMNS)[number]
export interface ProcessOrder { readonly column: ProcessColumn, readonly descending: boolean }

/** Every process on every device: as last sampled where there are samples, else as detected. Null when nothing tells. */
export function processRows (gpus: readonly DetectedGpu[], sampled: readonly ProcessSample[] | null | undefined): ProcessRow[] | null {
  const detected = gpus.flatMap((gpu) => (gpu.processes ?? []).map((process) => ({ device: gpu.key, deviceIndex: gpu.index, ...process })))
  if (!sampled) return gpus.some((gpu) => gpu.processes !== null) ? detected : null
  return sampled.map((process) => ({
    device: process.deviceKey,
    deviceIndex: gpus.find(({ key }) => key === process.deviceKey)?.index ?? -1,
    pid: process.pid,
    name: process.name,
    type: detected.find(({ device, pid }) => device === process.deviceKey && pid === process.pid)?.type ?? null,
    usedBytes: process.usedBytes
  }))
}

const KEYS: Readonly<Record<ProcessColumn, (row: ProcessRow) => string | number | null>> = {
  device: (row) => row.deviceIndex,
  pid: (row) => row.pid,
  name: (row) => row.name,
  type: (row) => row.type,
  memory: (row) => row.usedBytes
}

/** Rows in order; what is not known comes last either way. */
export function sortProcesses (rows: readonly ProcessRow[], { column, descending }: ProcessOrder): ProcessRow[] {
  const key = KEYS[column]
  return [...rows].sort((left, right) => {
    const a = key(left)
    const b = key(right)
    if (a === null || b === null) return Number(a === null) - Number(b === null)
    const order = typeof a === 'number' && typeof b === 'number' ? a - b : String(a).localeCompare(String(b))
    return (descending ? -order : order) || left.deviceIndex - right.deviceIndex || left.pid - right.pid
  })
}
