import type { Database } from '../driver.ts'
import { scenarios } from './0001-scenarios.ts'
import { machines } from './0002-machines.ts'
import { searchAndHistory } from './0003-search-and-history.ts'
import type { Migration } from './migration.ts'

export type { Migration } from './migration.ts'

/** All steps in order: `MIGRATIONS[n - 1]` makes library version n. */
export const MIGRATIONS: readonly Migration[] = [scenarios, machines, searchAndHistory]

export const versionOf = (db: Database): number => db.pragma('user_version', { simple: true }) as number

/**
 * Brings the schema up to date, each step in one transaction with its version, so that a crash leaves a whole version.
 * Throws, with the file as it was before the step, when a step fails or leaves broken references.
 */
export function migrateSchema (db: Database, migrations: readonly Migration[] = MIGRATIONS): void {
  migrations.forEach(({ number }, index) => {
    if (number !== index + 1) throw new Error(`Migration ${number} stands where ${index + 1} belongs`)
  })
  for (const { number, up } of migrations.slice(versionOf(db))) {
    db.transaction(() => {
      up(db)
      const broken = db.pragma('foreign_key_check') as unknown[]
      if (broken.length > 0) throw new Error(`Migration ${number} leaves ${broken.length} broken references`)
      db.pragma(`user_version = ${number}`)
    }).immediate()
  }
}
