import type { Migration } from './migration.ts'

export const machines: Migration = {
  number: 2,
  up: db => db.exec(`
    CREATE TABLE machines (
      id TEXT PRIMARY KEY,
      name TEXT NOT NULL,
      machine TEXT NOT NULL CHECK (json_valid(machine)),
      created_at TEXT NOT NULL,
      updated_at TEXT NOT NULL
    ) STRICT;
    CREATE TABLE measured_runs (
      id TEXT PRIMARY KEY,
      scenario_id TEXT NOT NULL REFERENCES scenarios (id) ON DELETE CASCADE,
      run TEXT NOT NULL CHECK (json_valid(run)),
      points TEXT NOT NULL CHECK (json_valid(points)),
      started_at TEXT NOT NULL,
      created_at TEXT NOT NULL
    ) STRICT;
    CREATE INDEX measured_runs_scenario ON measured_runs (scenario_id, started_at);
  `)
}
