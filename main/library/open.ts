import { existsSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { backUpIfChanged, backUpVersion } from './backup.ts'
import { APPLICATION_ID, checkIdentity, checkPages } from './check.ts'
import type { Database, Driver } from './driver.ts'
import { isDamage, LibraryError } from './libraryError.ts'
import { MIGRATIONS, migrateSchema, versionOf, type Migration } from './migrations/index.ts'
import { repairIndexes } from './searchIndex.ts'

/** Up to that many bytes every page is checked on every open, in about 100 ms. Larger files are checked when there is a reason, and their backups daily. */
const CHECKED_ALWAYS = 16 * 1024 * 1024

/** Kept by SQLite in memory: a library of 100,000 scenarios without its plans. In KiB. */
const CACHE_KIB = 64 * 1024

/**
 * Opens one library file and brings it up to date, or throws with the file unchanged. The caller holds the writer lock.
 * SQLite forgets every setting but the journal mode, so all are set on every open; synchronous=FULL is what lets an
 * acknowledged save survive a power cut.
 */
export function openDatabase (driver: Driver, file: string, now: Date, migrations: readonly Migration[] = MIGRATIONS): Database {
  const uncleanClose = existsSync(`${file}-wal`) && statSync(`${file}-wal`).size > 0
  const suspected = existsSync(suspicion(file))
  const db = new driver(file, { timeout: 5000 })
  try {
    checkIdentity(db, file, migrations.length)
    configure(db, file)
    if (suspected) repairIndexes(db, versionOf(db))
    // A log that belongs to another file (one was put in its place by hand) may leave pages that are sound and do not fit together.
    const small = statSync(file).size <= CHECKED_ALWAYS
    if (uncleanClose || suspected || small) checkPages(db, file, uncleanClose && small)
    const version = versionOf(db)
    if (version === 0) db.pragma(`application_id = ${APPLICATION_ID}`)
    else if (version < migrations.length) backUpVersion(driver, db, file, version)
    migrateSchema(db, migrations)
    if (uncleanClose && version > 0) keepGoodState(driver, db, file, now)
    rmSync(suspicion(file), { force: true })
    return db
  } catch (error) {
    db.close()
    throw error
  }
}

/** Left beside a file in which damage was met, so that the next open looks at all of it. */
const suspicion = (file: string): string => `${file}.suspect`

export function suspect (file: string): void {
  try {
    writeFileSync(suspicion(file), '')
  } catch {
    // Without the mark a large file is looked at only after an unclean close. The damage itself is told to the user either way.
  }
}

/** Backs up what changed. Failing to do it now (a full disk) must not keep the user from the library. */
export function keepGoodState (driver: Driver, db: Database, file: string, now: Date): void {
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
  db.pragma(`cache_size = -${CACHE_KIB}`)
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
