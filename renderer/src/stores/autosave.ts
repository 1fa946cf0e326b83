/** Writes what was changed a moment after the last change, one write at a time. What fails stays due. */
export interface Autosave<T> {
  /** The newest state of a document; it replaces one that is still due. */
  readonly note: (key: string, state: T) => void
  /** The document is as it was written, or nothing is to be kept of it. */
  readonly drop: (key: string) => void
  /** Writes everything that is due, now. */
  readonly flush: () => Promise<void>
}

export interface AutosaveTimes {
  /** Milliseconds without a change before it is written. */
  readonly still: number
  /** A write waits no longer than that, however busy the user is. */
  readonly longest: number
  /** Before what failed is tried again. */
  readonly retry: number
}

export const AUTOSAVE_TIMES: AutosaveTimes = { still: 1500, longest: 15_000, retry: 15_000 }

/** `write` answers whether the state is on the disk now. */
export function createAutosave<T> (write: (key: string, state: T) => Promise<boolean>, times: AutosaveTimes = AUTOSAVE_TIMES): Autosave<T> {
  const due = new Map<string, T>()
  let timer: ReturnType<typeof setTimeout> | undefined
  let since: number | null = null
  let running: Promise<void> | null = null

  function wait (milliseconds: number): void {
    clearTimeout(timer)
    timer = setTimeout(() => void flush(), milliseconds)
  }

  async function run (): Promise<void> {
    const failed = new Map<string, T>()
    for (const [key, state] of due) {
      due.delete(key)
      if (!await write(key, state)) failed.set(key, state)
    }
    // A newer state than the one that failed is due already.
    for (const [key, state] of failed) if (!due.has(key)) due.set(key, state)
    if (failed.size > 0) wait(times.retry)
  }

  function flush (): Promise<void> {
    clearTimeout(timer)
    since = null
    running ??= run().finally(() => { running = null })
    return running
  }

  return {
    note (key, state) {
      due.set(key, state)
      since ??= Date.now()
      wait(Math.max(0, Math.min(times.still, since + times.longest - Date.now())))
    },
    drop: (key) => {
      due.delete(key)
      if (due.size > 0) return
      clearTimeout(timer)
      since = null
    },
    flush
  }
}
