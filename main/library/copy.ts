import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { MAX_COPIED } from '#shared/contract/index.ts'
import { copyTo } from './backup.ts'
import type { Database, Driver } from './driver.ts'
import { LibraryError } from './libraryError.ts'

export interface LibraryCopy { readonly fileName: string, readonly bytes: Buffer }

/** The whole library as one checked file, without the gaps of the original. Throws too-large beyond `most` bytes. */
export function copyLibrary (driver: Driver, db: Database, libraryFile: string, now: Date, most = MAX_COPIED): LibraryCopy {
  const folder = mkdtempSync(path.join(tmpdir(), 'headroom-copy-'))
  const file = path.join(folder, 'library.db')
  try {
    copyTo(driver, db, file)
    const { size } = statSync(file)
    if (size > most) throw new LibraryError('too-large', `The library has ${size} bytes. Copy it on its machine: headroom export --library > library.db`, { path: libraryFile, bytes: size, most })
    return { fileName: `headroom-library-${now.toISOString().slice(0, 10)}.db`, bytes: readFileSync(file) }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
