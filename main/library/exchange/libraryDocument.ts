import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describeHostError } from '#shared/contract/index.ts'
import type { Driver } from '../driver.ts'
import { LibraryError, toLibraryError } from '../libraryError.ts'
import { openDatabase } from '../open.ts'
import { readDocument, refused, type Entry } from './document.ts'
import { exportScenarios } from './exportScenarios.ts'

/** How every SQLite file begins, in base64. */
const SQLITE = 'U1FMaXRlIGZvcm1hdCAz'

/** The scenarios of what is imported: a document, a plan, or a whole library in base64, of any version up to this one. */
export const readImport = (driver: Driver, text: string, now: Date): Entry[] =>
  text.startsWith(SQLITE) ? readLibrary(driver, Buffer.from(text, 'base64'), now) : readDocument(text)

/** A library is read from a copy in a folder of its own, which is brought up to date like any other. */
function readLibrary (driver: Driver, bytes: Buffer, now: Date): Entry[] {
  const folder = mkdtempSync(path.join(tmpdir(), 'headroom-import-'))
  const file = path.join(folder, 'library.db')
  try {
    writeFileSync(file, bytes)
    const db = openDatabase(driver, file, now)
    try {
      const { text, leftOut } = exportScenarios(db, null, now, Infinity)
      const unreadable = leftOut === 0 ? [] : [refused('?', `Scenarios of the library that this version cannot read: ${leftOut}.`, `库中有 ${leftOut} 个方案无法被当前版本读取。`)]
      return [...readDocument(text), ...unreadable]
    } finally {
      db.close()
    }
  } catch (error) {
    const known = toLibraryError(error, file)
    if (!(known instanceof LibraryError)) throw error
    if (known.code === 'library-damaged') {
      return [refused('?', 'The library file is damaged. Choose another backup.', '库文件已损坏。请选择其他备份。')]
    }
    const shown = { code: known.code, message: known.message, details: { ...known.details, path: 'library.db' } }
    return [refused('?', describeHostError(shown, 'en'), describeHostError(shown, 'zh'))]
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
