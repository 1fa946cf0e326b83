import type { Migration } from './migration.ts'

export const scenarios: Migration = {
  number: 1,
  up: db => db.exec(`
    CREATE TABLE scenarios (
      id TEXT PRIMARY KEY,
      name TEXT NOT NULL,
      plan TEXT NOT NULL CHECK (json_valid(plan)),
      plan_version INTEGER NOT NULL,
      target TEXT NOT NULL CHECK (json_valid(target)),
      created_at TEXT NOT NULL,
      updated_at TEXT NOT NULL,
      deleted_at TEXT
    ) STRICT;
    CREATE UNIQUE INDEX scenarios_name ON scenarios (name) WHERE deleted_at IS NULL;
    CREATE INDEX scenarios_updated ON scenarios (updated_at) WHERE deleted_at IS NULL;
  `)
}
