import type { Database, Driver } from './driver.ts'
import { isDamage, LibraryError } from './libraryError.ts'
import { MIGRATIONS, versionOf } from './migrations/index.ts'

/** "HDRM": marks a SQLite file as a Headroom library. */
export const APPLICATION_ID = 0x4844524D

/** Throws unless the file is a library that this version may open: ours, and not newer. Only reads. A new, empty file passes. */
export function checkIdentity (db: Database, file: string, known = MIGRATIONS.length): void {
  const id = db.pragma('application_id', { simple: true })
  const empty = id === 0 && db.prepare('SELECT 1 FROM sqlite_schema').get() === undefined
  if (id !== APPLICATION_ID && !empty) {
    throw new LibraryError('library-unusable', `${file} is a SQLite file of another program. Move it away, or set HEADROOM_DATA to another folder.`, { path: file, reason: 'foreign-file' })
  }
  const found = versionOf(db)
  if (found > known) {
    throw new LibraryError('library-newer', `${file} was written by a newer Headroom (library version ${found}; this one reads up to ${known}). Update Headroom to open it. The file was not changed.`, { path: file, found, known })
  }
}

/** Throws library-damaged unless SQLite finds every page, and the index of texts, in order; `thoroughly`: also what each index says of its table. */
export function checkPages (db: Database, file: string, thoroughly = false): void {
  const word = db.pragma(thoroughly ? 'integrity_check(1)' : 'quick_check(1)', { simple: true })
  if (word !== 'ok') throw new LibraryError('library-damaged', `${file} is damaged: ${String(word)}`, { path: file })
}

/** True when a file at rest is a library that this version can take over. */
export function isSound (driver: Driver, file: string): boolean {
  let db: Database | null = null
  try {
    db = new driver(file, { readonly: true, fileMustExist: true })
    checkIdentity(db, file)
    checkPages(db, file)
    return true
  } catch (error) {
    if (isDamage(error) || error instanceof LibraryError) return false
    throw error
  } finally {
    db?.close()
  }
}
