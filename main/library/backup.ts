import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import path from 'node:path'
import { isSound } from './check.ts'
import type { Database, Driver } from './driver.ts'
import { flush, flushFolder } from './flush.ts'
import { LibraryError } from './libraryError.ts'

/** The newest backups that are kept, whenever they were made. */
export const KEPT_BACKUPS = 5

/** Beside them the newest of each of that many days. Those made before a migration are kept for good. */
export const KEPT_DAYS = 7

/** A library that is changed all day is backed up once in that time. */
const DAY_MS = 24 * 60 * 60 * 1000

/** Up to that many bytes a backup takes no time that anyone notices on closing. Larger ones are made once a day. */
const QUICK = 64 * 1024 * 1024

export interface Backup { readonly file: string, readonly madeAt: Date }

export const backupFolder = (libraryFile: string): string => path.join(path.dirname(libraryFile), 'backups')

/** All backups, newest first. */
export function listBackups (libraryFile: string): Backup[] {
  const folder = backupFolder(libraryFile)
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .filter(name => /^library-.*\.db$/.test(name))
    .map(name => ({ file: path.join(folder, name), madeAt: statSync(path.join(folder, name)).mtime }))
    .toSorted((a, b) => b.madeAt.getTime() - a.madeAt.getTime())
}

/** Backs up unless the newest backup is younger than the last change, then lets the oldest go. The file must be checkpointed. */
export function backUpIfChanged (driver: Driver, db: Database, libraryFile: string, now: Date): void {
  const newest = listBackups(libraryFile)[0]
  if (newest && newest.madeAt.getTime() > statSync(libraryFile).mtimeMs) return
  if (statSync(libraryFile).size > QUICK && !isDue(libraryFile, now)) return
  backUp(driver, db, libraryFile, now)
}

/** True when the newest backup is a day old, or there is none. */
export function isDue (libraryFile: string, now: Date): boolean {
  const newest = listBackups(libraryFile)[0]
  return !newest || now.getTime() - newest.madeAt.getTime() >= DAY_MS
}

/** Backs up now, then lets the oldest go: only after the new one has passed its check. */
export function backUp (driver: Driver, db: Database, libraryFile: string, now: Date): Backup {
  const name = `library-${now.toISOString().replaceAll(':', '-')}.db`
  writeBackup(driver, db, libraryFile, name)
  for (const { file } of superfluous(listBackups(libraryFile))) rmSync(file, { force: true })
  const file = path.join(backupFolder(libraryFile), name)
  return { file, madeAt: statSync(file).mtime }
}

/** Those that neither are among the newest nor the newest of one of the last days. */
function superfluous (backups: readonly Backup[]): Backup[] {
  const regular = backups.filter(({ file }) => /^library-\d/.test(path.basename(file)))
  const days = new Set<string>()
  return regular.filter(({ madeAt }, n) => {
    const day = madeAt.toISOString().slice(0, 10)
    const newestOfDay = !days.has(day) && days.size < KEPT_DAYS
    if (newestOfDay) days.add(day)
    return n >= KEPT_BACKUPS && !newestOfDay
  })
}

/** Backs up before leaving a version: once per version, so that failing starts cannot push the good copy out. */
export function backUpVersion (driver: Driver, db: Database, libraryFile: string, version: number): void {
  const name = `library-v${version}.db`
  if (!existsSync(path.join(backupFolder(libraryFile), name))) writeBackup(driver, db, libraryFile, name)
}

function writeBackup (driver: Driver, db: Database, libraryFile: string, name: string): void {
  const folder = backupFolder(libraryFile)
  mkdirSync(folder, { recursive: true })
  // Left by a process that was killed while it made one.
  for (const left of readdirSync(folder)) if (/^library-.*\.db\.tmp/.test(left)) rmSync(path.join(folder, left), { force: true })
  copyTo(driver, db, path.join(folder, name))
}

/** Copy, check the copy, flush it to the disk, and only then give it its name: a file that has its name is good. */
export function copyTo (driver: Driver, db: Database, target: string): void {
  const unfinished = `${target}.tmp`
  const parts = ['', '-wal', '-shm', '-journal'].map(part => unfinished + part)
  for (const part of parts) rmSync(part, { force: true })
  try {
    db.prepare('VACUUM INTO ?').run(unfinished)
    if (!isSound(driver, unfinished)) throw new LibraryError('library-damaged', `The copy ${unfinished} did not pass its check`, { path: unfinished })
    flush(unfinished)
    renameSync(unfinished, target)
    flushFolder(path.dirname(target))
  } finally {
    for (const part of parts) rmSync(part, { force: true })
  }
}
