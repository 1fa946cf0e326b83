import type { DetectedGpu, Detection, DeviceSample, ProcessSample, Sample } from '#shared/contract/index.ts'
import { sampleOf } from '../amd/index.ts'
import { meminfo } from '../hostFacts.ts'
import { memoryOfField, numberOf, readQuery, textOf, type QueryRow } from '../nvidia/query.ts'
import { readReport } from '../nvidia/readReport.ts'
import { busId } from '../reading/busId.ts'
import { PROCESS_FIELDS } from './queries.ts'

/** The latest figures of a machine's devices, put together from what its sources write. Unknown stays null. */
export interface Board {
  /** A line of nvidia-smi's stream. False when it is none of its rows: a message, or damage. */
  readonly row: (line: string, fields: readonly string[]) => boolean
  /** True when every NVIDIA card has written since the last sample, so that one is due. */
  readonly isWhole: () => boolean
  readonly slow: (text: string, fields: readonly string[]) => void
  readonly processes: (text: string) => void
  readonly report: (xml: string) => void
  readonly files: (files: ReadonlyMap<string, string>) => void
  /** Devices of other vendors, read anew. */
  readonly devices: (gpus: readonly DetectedGpu[]) => void
  readonly amdProcesses: (found: readonly ProcessSample[]) => void
  /** Everything that is still fresh. */
  readonly sample: (at: Date) => Sample
}

interface Kept { sample: DeviceSample, at: number }

/** `freshMs`: how long a figure counts when no newer one comes. */
export function createBoard ({ gpus }: Pick<Detection, 'gpus'>, freshMs: number, now: () => number = () => performance.now()): Board {
  const nvidia = gpus.filter(({ vendor }) => vendor === 'nvidia')
  const latest = new Map<string, Kept>()
  const written = new Set<string>()
  const tellsProcesses = nvidia.some(({ processes }) => processes !== null)
  let nvidiaProcesses: ProcessSample[] | null = null
  let amdProcesses: ProcessSample[] | null = null
  let memory: { readonly total: number | null, readonly available: number | null } = { total: null, available: null }

  const keep = (key: string, figures: Partial<DeviceSample>): void => {
    const before = latest.get(key)?.sample ?? { key, usedBytes: null, freeBytes: null, totalBytes: null, utilization: null, temperatureC: null, powerWatts: null }
    latest.set(key, { sample: { ...before, ...figures }, at: now() })
  }
  /** By UUID unless several cards show the same one (masked), then by bus id. */
  const cardOf = (row: QueryRow): DetectedGpu | undefined => {
    const [uuid, bus] = [textOf(row, 'uuid') ?? textOf(row, 'gpu_uuid'), busId(textOf(row, 'pci.bus_id'))]
    const sameUuid = nvidia.filter((gpu) => gpu.uuid !== null && gpu.uuid === uuid)
    return sameUuid.length === 1 ? sameUuid[0] : nvidia.find((gpu) => gpu.pciBusId !== null && gpu.pciBusId === bus) ?? nvidia.find((gpu) => String(gpu.index) === textOf(row, 'index'))
  }
  /** A GPU that shares the machine's memory has none of its own: what its processes hold, and what a new one could have. */
  const sharedMemory = (gpu: DetectedGpu): Partial<DeviceSample> => {
    const own = nvidiaProcesses?.filter(({ deviceKey }) => deviceKey === gpu.key) ?? null
    const used = own === null || own.some(({ usedBytes }) => usedBytes === null) ? null : own.reduce((sum, { usedBytes }) => sum + usedBytes!, 0)
    return { usedBytes: used, freeBytes: memory.available, totalBytes: memory.total }
  }

  return {
    row: (line, fields) => {
      const row = readQuery(line, fields)[0] ?? readQuery(line, [...fields, 'temperature.gpu', 'power.draw'])[0]
      if (row === undefined || !/^\d{1,4}$/.test(row.get('index')?.text ?? '')) return false
      const gpu = cardOf(row)
      if (gpu === undefined) return true
      keep(gpu.key, { ...gpu.unifiedMemory ? sharedMemory(gpu) : memoryOf(row), utilization: utilizationOf(row), ...heatOf(row) })
      written.add(gpu.key)
      return true
    },
    isWhole: () => written.size > 0 && nvidia.every(({ key, asleep }) => asleep || written.has(key)),
    slow: (text, fields) => {
      for (const row of readQuery(text, fields)) {
        const gpu = cardOf(row)
        if (gpu !== undefined && latest.has(gpu.key)) {
          const { at } = latest.get(gpu.key)!
          keep(gpu.key, heatOf(row))
          latest.get(gpu.key)!.at = at
        }
      }
    },
    processes: (text) => {
      nvidiaProcesses = readQuery(text, PROCESS_FIELDS).flatMap((row) => {
        const pid = numberOf(row, 'pid', '')
        const gpu = cardOf(row)
        return pid === null || gpu === undefined ? [] : [{ deviceKey: gpu.key, pid, name: textOf(row, 'process_name'), usedBytes: memoryOfField(row, 'used_gpu_memory') }]
      })
    },
    report: (xml) => {
      const report = readReport(xml)
      if (report === null) return
      for (const gpu of report.gpus) {
        keep(gpu.key, { temperatureC: gpu.temperatureC, powerWatts: gpu.powerWatts })
        for (const slice of gpu.mig?.slices ?? []) keep(`${gpu.key}/mig-${slice.gpuInstance}`, boundedMemory(slice.memory))
      }
      nvidiaProcesses = report.gpus.flatMap((gpu) => (gpu.processes ?? []).map(({ pid, name, usedBytes }) => ({ deviceKey: gpu.key, pid, name, usedBytes })))
    },
    files: (files) => {
      memory = { total: meminfo(files, 'MemTotal'), available: meminfo(files, 'MemAvailable') }
      for (const sample of sampleOf(files, gpus)) keep(sample.key, sample)
    },
    devices: (found) => {
      for (const gpu of found) keep(gpu.key, { ...boundedMemory(gpu.memory), utilization: gpu.utilization, temperatureC: gpu.temperatureC, powerWatts: gpu.powerWatts })
    },
    amdProcesses: (found) => { amdProcesses = [...found] },
    sample: (at) => {
      written.clear()
      const oldest = now() - freshMs
      const order = gpus.flatMap((gpu) => [gpu.key, ...gpu.mig?.slices.map(({ gpuInstance }) => `${gpu.key}/mig-${gpuInstance}`) ?? []])
      // In a container an empty list may only mean that it is not told.
      const lists = [nvidiaProcesses !== null && (tellsProcesses || nvidiaProcesses.length > 0) ? nvidiaProcesses : null, amdProcesses].filter((list) => list !== null)
      return {
        at: at.toISOString(),
        devices: order.flatMap((key) => {
          const kept = latest.get(key)
          return kept === undefined || kept.at < oldest ? [] : [kept.sample]
        }),
        processes: lists.length === 0 ? null : lists.flat()
      }
    }
  }
}

const memoryOf = (row: QueryRow): Partial<DeviceSample> => boundedMemory({
  totalBytes: memoryOfField(row, 'memory.total'),
  usedBytes: memoryOfField(row, 'memory.used'),
  freeBytes: memoryOfField(row, 'memory.free')
})

/** A figure beyond the total is damage, not a size. */
function boundedMemory ({ totalBytes, usedBytes, freeBytes }: Pick<DeviceSample, 'totalBytes' | 'usedBytes' | 'freeBytes'>): Partial<DeviceSample> {
  const bounded = (bytes: number | null): number | null => bytes !== null && totalBytes !== null && bytes > totalBytes ? null : bytes
  return { totalBytes, usedBytes: bounded(usedBytes), freeBytes: bounded(freeBytes) }
}

function utilizationOf (row: QueryRow): number | null {
  const percent = numberOf(row, 'utilization.gpu', '%')
  return percent === null || percent < 0 || percent > 100 ? null : percent / 100
}

/** Only what was asked for: a row without these fields leaves the last ones. */
function heatOf (row: QueryRow): Partial<DeviceSample> {
  return {
    ...row.has('temperature.gpu') ? { temperatureC: numberOf(row, 'temperature.gpu', 'C') } : {},
    ...row.has('power.draw') ? { powerWatts: numberOf(row, 'power.draw', 'W') } : {}
  }
}
