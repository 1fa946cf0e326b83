import type { Database } from '../driver.ts'

/** One step of the library's schema. Never edited once released. */
export interface Migration {
  /** The library version that it makes. */
  readonly number: number
  /** Runs inside a transaction together with the version's change. */
  readonly up: (db: Database) => void
}
