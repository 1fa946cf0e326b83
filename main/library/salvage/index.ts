import type { Database, Driver } from '../driver.ts'
import { adoptMachine, adoptRevisions, adoptRun, adoptScenario } from './adopt.ts'
import { reachableRows, rowsInPages, type Rows } from './rows.ts'

/**
 * Adds to the library what can still be read from a damaged file: scenarios, their saved states and machines that are newer
 * there, and measured runs of scenarios that are left. Returns the number of scenarios.
 */
export function salvage (driver: Driver, damagedFile: string, db: Database): number {
  const { scenarios, revisions, machines, runs } = readableRows(driver, damagedFile)
  return db.transaction(() => {
    const adopted = new Set(scenarios.filter(row => adoptScenario(db, row)).map(({ id }) => id))
    for (const row of machines) adoptMachine(db, row)
    for (const [id, states] of Map.groupBy(revisions, ({ scenario_id: scenario }) => scenario)) {
      if (adoptRevisions(db, id, states)) adopted.add(id)
    }
    for (const row of runs) adoptRun(db, row)
    return adopted.size
  }).immediate()
}

/** By SQLite where it can; where it cannot, also from the pages one by one. */
function readableRows (driver: Driver, file: string): Rows {
  let reached: ReturnType<typeof reachableRows> | null = null
  try {
    const damaged = new driver(file, { readonly: true, fileMustExist: true })
    try {
      reached = reachableRows(damaged)
    } finally {
      damaged.close()
    }
  } catch {
    // No database for SQLite any more.
  }
  if (reached?.whole) return reached.rows
  const found = rowsInPages(file)
  const { scenarios = [], revisions = [], machines = [], runs = [] } = reached?.rows ?? {}
  return {
    scenarios: [...scenarios, ...found.scenarios],
    revisions: [...revisions, ...found.revisions],
    machines: [...machines, ...found.machines],
    runs: [...runs, ...found.runs]
  }
}
