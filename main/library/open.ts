import { existsSync, statSync } from 'node:fs'
import { backUpIfChanged, backUpVersion } from './backup.ts'
import { APPLICATION_ID, checkIdentity, checkPages } from './check.ts'
import type { Database, Driver } from './driver.ts'
import { isDamage, LibraryError } from './libraryError.ts'
import { MIGRATIONS, migrateSchema, versionOf, type Migration } from './migrations/index.ts'

/**
 * Opens one library file and brings it up to date, or throws with the file unchanged. The caller holds the writer lock.
 * SQLite forgets every setting but the journal mode, so all are set on every open; synchronous=FULL is what lets an
 * acknowledged save survive a power cut.
 */
export function openDatabase (driver: Driver, file: string, now: Date, migrations: readonly Migration[] = MIGRATIONS): Database {
  const uncleanClose = existsSync(`${file}-wal`) && statSync(`${file}-wal`).size > 0
  const db = new driver(file, { timeout: 5000 })
  try {
    checkIdentity(db, file, migrations.length)
    configure(db, file)
    checkPages(db, file)
    const version = versionOf(db)
    if (version === 0) db.pragma(`application_id = ${APPLICATION_ID}`)
    else if (version < migrations.length) backUpVersion(driver, db, file, version)
    migrateSchema(db, migrations)
    if (uncleanClose && version > 0) keepGoodState(driver, db, file, now)
    return db
  } catch (error) {
    db.close()
    throw error
  }
}

/** After a crash nothing was backed up. Failing to do it now (a full disk) must not keep the user from the library. */
function keepGoodState (driver: Driver, db: Database, file: string, now: Date): void {
  try {
    db.pragma('wal_checkpoint(TRUNCATE)')
    backUpIfChanged(driver, db, file, now)
  } catch (error) {
    if (isDamage(error)) throw error
  }
}

function configure (db: Database, file: string): void {
  const mode = db.pragma('journal_mode = WAL', { simple: true })
  if (mode !== 'wal') {
    throw new LibraryError('library-unusable', `The file system of ${file} cannot hold a write-ahead log (it answered "${String(mode)}"; a network folder?). Set HEADROOM_DATA to a local folder.`, { path: file, reason: 'file-system' })
  }
  db.pragma('synchronous = FULL')
  db.pragma('fullfsync = ON')
  db.pragma('checkpoint_fullfsync = ON')
  db.pragma('foreign_keys = ON')
  db.pragma('trusted_schema = OFF')
  db.pragma('cell_size_check = ON')
}

/** Closes cleanly: everything in one file, and a backup of it when something changed. */
export function closeDatabase (driver: Driver, db: Database, file: string, now: Date): void {
  try {
    db.pragma('optimize')
    db.pragma('wal_checkpoint(TRUNCATE)')
    backUpIfChanged(driver, db, file, now)
  } finally {
    db.close()
  }
}
