import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import path from 'node:path'
import { isSound } from './check.ts'
import type { Database, Driver } from './driver.ts'
import { flush, flushFolder } from './flush.ts'

/** Backups made on closing that are kept; those made before a migration are kept beside them for good. */
export const KEPT_BACKUPS = 5

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
  writeBackup(driver, db, libraryFile, `library-${now.toISOString().replaceAll(':', '-')}.db`)
  const regular = listBackups(libraryFile).filter(({ file }) => /^library-\d/.test(path.basename(file)))
  for (const { file } of regular.slice(KEPT_BACKUPS)) rmSync(file, { force: true })
}

/** Backs up before leaving a version: once per version, so that failing starts cannot push the good copy out. */
export function backUpVersion (driver: Driver, db: Database, libraryFile: string, version: number): void {
  const name = `library-v${version}.db`
  if (!existsSync(path.join(backupFolder(libraryFile), name))) writeBackup(driver, db, libraryFile, name)
}

/** Copy, check the copy, flush it to the disk, and only then give it its name: a file with a backup's name is a good backup. */
function writeBackup (driver: Driver, db: Database, libraryFile: string, name: string): void {
  const folder = backupFolder(libraryFile)
  const target = path.join(folder, name)
  const unfinished = `${target}.tmp`
  mkdirSync(folder, { recursive: true })
  rmSync(unfinished, { force: true })
  try {
    db.prepare('VACUUM INTO ?').run(unfinished)
    if (!isSound(driver, unfinished)) throw new Error(`The backup ${unfinished} did not pass its check`)
    flush(unfinished)
    renameSync(unfinished, target)
    flushFolder(folder)
  } finally {
    rmSync(unfinished, { force: true })
  }
}
