import type { DetectedGpu } from '#shared/contract/index.ts'
import type { OperatingSystem } from '../evidence.ts'
import { finding } from '../finding.ts'
import type { Source, SourceOptions } from './source.ts'

/** Whether a device is sampled by asking its vendor's tools again, having neither nvidia-smi's stream nor the kernel's files. */
export const isProbed = ({ vendor, memory }: DetectedGpu, system: OperatingSystem): boolean =>
  vendor !== 'nvidia' && !(vendor === 'amd' && system === 'linux') && memory.usedBytes !== null

/**
 * Several sources as one. The first that is there sets the pace: what the others find is shown with its samples, or by itself
 * when it has fallen silent.
 */
export function together (options: SourceOptions, open: readonly ((options: SourceOptions) => Source)[], now: () => number = () => performance.now()): Source {
  let lastSample = -Infinity
  let sources: Source[] = []
  const intervalMs = (): number => sources[0]?.intervalMs() ?? options.intervalMs
  const sampled = (): void => {
    lastSample = now()
    options.onSample()
  }
  // Told a moment later, as every other end: the caller does not have this source yet.
  if (open.length === 0) queueMicrotask(() => { options.onEnd({ finding: finding('monitor-nothing'), isFinal: true }) })
  const stop = (): void => { for (const source of sources) source.stop() }
  sources = open.map((one, i) => one({
    ...options,
    onSample: i === 0 ? sampled : () => { if (now() - lastSample > 1.5 * intervalMs()) sampled() },
    onEnd: (ending) => {
      stop()
      options.onEnd(ending)
    }
  }))
  return { intervalMs, stop, isGone: () => sources.every((source) => source.isGone()) }
}
