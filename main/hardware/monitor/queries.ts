/* What nvidia-smi is asked for while a machine is watched: fields that are old enough for every driver. */

const CSV = '--format=csv,noheader,nounits'

/** Every tick. Memory and load are cheap to read. */
export const ROW_FIELDS = ['index', 'uuid', 'pci.bus_id', 'memory.total', 'memory.used', 'memory.free', 'utilization.gpu'] as const

/** Now and then: reading the power is what costs. */
export const SLOW_FIELDS = ['uuid', 'pci.bus_id', 'temperature.gpu', 'power.draw'] as const

/** Names may hold commas, so they come last. */
export const PROCESS_FIELDS = ['gpu_uuid', 'pid', 'used_gpu_memory', 'process_name'] as const

/** Between lists of processes, temperatures and power, in milliseconds. */
export const SLOW_EVERY_MS = 5000

export const rowArguments = (fields: readonly string[], intervalMs: number | null): string[] =>
  [`--query-gpu=${fields.join(',')}`, CSV, ...intervalMs === null ? [] : ['-lms', String(intervalMs)]]

export const slowArguments = (fields: readonly string[]): string[] => [`--query-gpu=${fields.join(',')}`, CSV]

export const processArguments = (): string[] => [`--query-compute-apps=${PROCESS_FIELDS.join(',')}`, CSV]

/** Slices of MIG cards are only in the whole report, which has everything else too. */
export const REPORT_ARGUMENTS = ['-q', '-x'] as const
