import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { Driver } from './driver.ts'
import { LibraryError } from './libraryError.ts'

/** Held as long as the library is open. The operating system lets go of it when the process dies, however it dies. */
export interface WriterLock {
  release (): void
}

/**
 * Makes this process the only one that has the library open. The lock is a write transaction left open on an empty SQLite
 * file beside the library, so it cannot be left behind by a dead process as a file that merely exists would be. The holder's
 * process id stands in a second file, for the message only. Throws library-busy naming the holder.
 */
export function takeWriterLock (driver: Driver, libraryFile: string): WriterLock {
  const pidFile = `${libraryFile}.pid`
  const db = new driver(`${libraryFile}.lock`, { timeout: 100 })
  try {
    db.exec('BEGIN IMMEDIATE')
    writeFileSync(pidFile, `${process.pid}\n`)
  } catch (error) {
    db.close()
    if (!String((error as { code?: unknown }).code).startsWith('SQLITE_BUSY')) throw error
    const pid = readPid(pidFile)
    const holder = pid === null ? 'another process' : `process ${pid}`
    throw new LibraryError('library-busy', `${libraryFile} is open in another Headroom (${holder}). Close that one and try again, or set HEADROOM_DATA to another folder.`, { path: libraryFile, pid }, error)
  }
  return {
    release: () => {
      rmSync(pidFile, { force: true })
      db.close()
    }
  }
}

function readPid (file: string): number | null {
  try {
    return Number.parseInt(readFileSync(file, 'utf8'), 10) || null
  } catch {
    return null
  }
}
