import type { DetectedGpu, Sample } from '#shared/contract/index.ts'
import { monitorCsv } from '#shared/report/monitorCsv.ts'
import { saveFile } from '../../host/saveFile.ts'

/** Offers a machine's readings as a CSV file. */
export function useCsvExport (): (machine: string, samples: readonly Sample[], devices: readonly DetectedGpu[]) => void {
  return (machine, samples, devices) => {
    const stamp = (samples.at(-1)?.at ?? '').slice(0, 19).replaceAll(':', '-')
    saveFile(`${machine.replaceAll(/[^\p{L}\p{N}.-]+/gu, '-')}-${stamp}.csv`, monitorCsv(samples, devices), 'text/csv;charset=utf-8')
  }
}
