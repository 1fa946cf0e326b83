import { copyFileSync, existsSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import path from 'node:path'
import type { LibraryNotice } from '#shared/contract/index.ts'
import { listBackups } from './backup.ts'
import { isSound } from './check.ts'
import type { Database, Driver } from './driver.ts'
import { flush, flushFolder } from './flush.ts'
import { isDamage } from './libraryError.ts'
import { openDatabase } from './open.ts'
import { salvage } from './salvage/index.ts'

export interface Opened { readonly db: Database, readonly notice: LibraryNotice | null }

const PARTS = ['-wal', '-shm', '-journal', ''] as const

/**
 * Opens the library whatever its state: a damaged file is moved aside, never deleted, the newest good backup takes its place,
 * and what the damaged file still gives up is added. A missing file with a backup or a damaged file beside it is an
 * interrupted recovery or an accident, and is restored the same way.
 */
export function openOrRecover (driver: Driver, file: string, now: Date): Opened {
  if (!existsSync(file) || statSync(file).size === 0) {
    const damaged = newestDamaged(file)
    if (listBackups(file).length > 0 || damaged) {
      moveAside(file, now)
      return restore(driver, file, damaged, now)
    }
  }
  try {
    return { db: openDatabase(driver, file, now), notice: null }
  } catch (error) {
    if (!isDamage(error)) throw error
  }
  return restore(driver, file, moveAside(file, now), now)
}

/** Builds the library anew under another name, so that dying on the way leaves nothing half done: the next start begins again. */
function restore (driver: Driver, file: string, damaged: string | null, now: Date): Opened {
  const unfinished = `${file}.restoring`
  for (const part of PARTS) rmSync(unfinished + part, { force: true })
  const backup = listBackups(file).find(candidate => isSound(driver, candidate.file)) ?? null
  if (backup) copyFileSync(backup.file, unfinished)
  const rebuilt = openDatabase(driver, unfinished, now)
  let salvaged = 0
  try {
    if (damaged) salvaged = salvage(driver, damaged, rebuilt)
    rebuilt.pragma('wal_checkpoint(TRUNCATE)')
  } finally {
    rebuilt.close()
  }
  flush(unfinished)
  renameSync(unfinished, file)
  flushFolder(path.dirname(file))
  return {
    db: openDatabase(driver, file, now),
    notice: { code: backup ? 'restored' : 'started-empty', movedTo: damaged, backupAt: backup?.madeAt.toISOString() ?? null, salvaged }
  }
}

/**
 * Moves a library with its log out of the way. The log goes first: left beside a restored file it would be replayed into it,
 * and should the process die in between, the damaged file is still found and the recovery begins anew.
 */
function moveAside (file: string, now: Date): string {
  const target = unusedName(`${file}.damaged-${stamp(now)}`)
  for (const part of PARTS) {
    if (existsSync(file + part)) renameSync(file + part, target + part)
  }
  return target
}

/** For file names: ISO 8601 without the colons that Windows refuses. */
const stamp = (time: Date): string => time.toISOString().replaceAll(':', '-')

function unusedName (name: string): string {
  for (let n = 1; ; n++) {
    const candidate = n === 1 ? name : `${name}-${n}`
    if (PARTS.every(part => !existsSync(candidate + part))) return candidate
  }
}

function newestDamaged (file: string): string | null {
  const folder = path.dirname(file)
  const name = readdirSync(folder)
    .filter(entry => entry.startsWith(`${path.basename(file)}.damaged-`) && !/-(wal|shm|journal)$/.test(entry))
    .filter(entry => statSync(path.join(folder, entry)).size > 0)
    .toSorted()
    .at(-1)
  return name === undefined ? null : path.join(folder, name)
}
