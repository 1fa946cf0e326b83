import type { Events } from './events.ts'
import type { LibraryDoor } from './libraryDoor.ts'

/** How long nothing must have changed before estimates that are still missing are made, in milliseconds. */
const QUIET_MS = 1000

/** Between two such estimates, so that calls are answered meanwhile. */
const PAUSE_MS = 50

const HOUR_MS = 60 * 60 * 1000

/**
 * What the library needs done while nobody waits for it: estimates for scenarios that were saved without one, told of as one
 * change when all are made, and a backup a day. Returns what ends it.
 */
export function keepUp (library: LibraryDoor, events: Events): () => void {
  let timer: NodeJS.Timeout | null = null
  let filled = 0
  const later = (ms: number): void => {
    if (timer) clearTimeout(timer)
    timer = setTimeout(() => { void fill() }, ms).unref()
  }
  const fill = async (): Promise<void> => {
    // Why the library cannot be used is told to whoever asks for it.
    const more = await library.use(open => open.fillNextNeed()).catch(() => false)
    if (more) {
      filled++
      later(PAUSE_MS)
    } else if (filled > 0) {
      filled = 0
      events.emit('library.changed', {})
    }
  }
  const daily = setInterval(() => { void library.use(open => open.backUpWhenDue()).catch(() => {}) }, HOUR_MS).unref()
  const unsubscribe = events.subscribe(name => { if (name === 'library.changed') later(QUIET_MS) })
  later(QUIET_MS)
  return () => {
    unsubscribe()
    clearInterval(daily)
    if (timer) clearTimeout(timer)
  }
}
