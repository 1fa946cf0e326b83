import type BetterSqlite3 from 'better-sqlite3'
import { LibraryError } from './libraryError.ts'

export type Database = BetterSqlite3.Database
export type Driver = typeof BetterSqlite3

/** better-sqlite3 is built for Node-API 10; on an older Node it crashes the process instead of failing, so it is not even imported there. */
export async function loadDriver (): Promise<Driver> {
  if (Number(process.versions.napi) < 10) {
    throw new LibraryError(
      'library-unusable',
      `Headroom's library needs Node 22.14 or newer; this is ${process.version}. Start Headroom with "npm start".`,
      { path: process.execPath, reason: 'node-too-old' }
    )
  }
  return (await import('better-sqlite3')).default
}
