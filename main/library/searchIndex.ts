import type { Database } from './driver.ts'
import { isDamage } from './libraryError.ts'
import { texts } from './migrations/0003-search-and-history.ts'

/** Builds anew what can be derived from the scenarios: the index of their texts, and the list of their tags. */
export function rebuildIndexes (db: Database): void {
  db.transaction(() => {
    db.exec(`
      INSERT INTO scenario_text (scenario_text) VALUES ('delete-all');
      INSERT INTO scenario_text (rowid, name, notes, tags, model, method, algorithm) SELECT key, ${texts('scenarios')} FROM scenarios;
      DELETE FROM scenario_tags;
      INSERT INTO scenario_tags (tag, key) SELECT DISTINCT value, scenarios.key FROM scenarios, json_each(scenarios.tags) WHERE deleted_at IS NULL;
      REINDEX;
    `)
  }).immediate()
}

/** The same for a file in which damage was met: where that was all that was damaged, the file is sound again. Else the check of its pages finds the rest. */
export function repairIndexes (db: Database, version: number): void {
  if (version < 3) return
  try {
    rebuildIndexes(db)
  } catch (error) {
    // The scenarios themselves cannot be read, or break their own rules.
    if (!isDamage(error) && !String((error as { code?: unknown }).code).startsWith('SQLITE_CONSTRAINT')) throw error
  }
}
