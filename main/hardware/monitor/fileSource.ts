import type { DetectedGpu } from '#shared/contract/index.ts'
import { AMD_LIVE_FILES } from '../amd/index.ts'
import { expand, readFiles } from '../local/readFiles.ts'
import type { Source, SourceOptions } from './source.ts'

export interface FileOptions extends SourceOptions {
  readonly root?: string
}

/** Devices whose figures, or whose shared memory, are in system files: AMD under Linux, and NVIDIA's without memory of their own. */
export const filesFor = (gpus: readonly DetectedGpu[]): readonly string[] => [
  ...gpus.some(({ vendor }) => vendor === 'amd') ? AMD_LIVE_FILES : [],
  ...gpus.some(({ vendor, unifiedMemory }) => vendor === 'nvidia' && unifiedMemory) ? ['/proc/meminfo'] : []
]

/** Reads system files every tick. A read that hangs in a driver is waited for, not repeated. */
export function fileSource ({ detection, intervalMs, board, onSample, root = '/' }: FileOptions): Source {
  let isOver = false
  let files: readonly string[] | null = null
  let isReading = false
  const tick = async (): Promise<void> => {
    if (isReading || isOver) return
    isReading = true
    files ??= (await Promise.all([...new Set(filesFor(detection.gpus))].map((pattern) => expand(pattern, root)))).flat()
    board.files(await readFiles(files, { root }))
    isReading = false
    if (!isOver) onSample()
  }
  const timer = setInterval(() => { void tick() }, intervalMs)
  void tick()
  return {
    intervalMs: () => intervalMs,
    stop: () => {
      isOver = true
      clearInterval(timer)
    },
    isGone: () => true
  }
}
