import type { DetectedGpu } from '#shared/contract/index.ts'
import type { Source, SourceOptions } from './source.ts'

export interface ProbeOptions extends SourceOptions {
  /** Detects the devices of some vendors anew. Never rejects. */
  readonly detectAgain: () => Promise<readonly DetectedGpu[]>
}

/** Their tools are slow, and none of them has an endless form to rely on. */
const EVERY_MS = 10_000

/** Devices of vendors whose tools have to be asked again each time. */
export function probeSource ({ intervalMs, board, onSample, detectAgain }: ProbeOptions): Source {
  const everyMs = Math.max(EVERY_MS, intervalMs)
  let isOver = false
  let timer: NodeJS.Timeout | null = null
  const tick = async (): Promise<void> => {
    const found = await detectAgain()
    if (isOver) return
    board.devices(found)
    onSample()
    timer = setTimeout(() => { void tick() }, everyMs)
  }
  void tick()
  return {
    intervalMs: () => everyMs,
    stop: () => {
      isOver = true
      if (timer !== null) clearTimeout(timer)
    },
    isGone: () => true
  }
}
