import type { Detection } from '#shared/contract/index.ts'

export type Detect = () => Promise<Detection>

/** How long a reading is passed on without asking the vendor tool again, in milliseconds. */
const FRESH_MS = 3000

/** Reads the hardware, at most once at a time: several windows asking together get the same reading. */
export function hardwareReader (detect: Detect, now: () => number = () => performance.now()): (refresh: boolean) => Promise<Detection> {
  let last: { at: number, detection: Detection } | null = null
  let running: Promise<Detection> | null = null
  return async refresh => {
    if (running) return running
    if (!refresh && last && now() - last.at < FRESH_MS) return last.detection
    running = detect().finally(() => { running = null })
    const detection = await running
    last = { at: now(), detection }
    return detection
  }
}
