import type { Migration } from './migration.ts'

/** The texts of a scenario as the index holds them, of a row by its name. */
export const texts = (row: string): string => `
  ${row}.name || '  ', ${row}.notes || '  ', (SELECT group_concat(value || '  ', char(10)) FROM json_each(${row}.tags)),
  ${row}.model || '  ', ${row}.method || '  ', ${row}.algorithm || '  '`

/**
 * Tags, notes and favourites; every saved state; what a list shows and filters by, in short rows apart from the plans, so that
 * 100,000 of them are walked in milliseconds; text search. VACUUM, which makes the backups, may renumber rows that have no
 * integer key, and the search index must not lose its rows, so scenarios get one. The index holds texts with two blanks behind:
 * a word of one or two characters at the end of a text begins a trigram then too.
 */
export const searchAndHistory: Migration = {
  number: 3,
  up: db => db.exec(`
    CREATE TABLE scenarios_3 (
      key INTEGER PRIMARY KEY AUTOINCREMENT,
      id TEXT NOT NULL UNIQUE,
      name TEXT NOT NULL,
      plan_version INTEGER NOT NULL,
      model TEXT NOT NULL,
      family TEXT,
      algorithm TEXT NOT NULL,
      method TEXT NOT NULL,
      need_bytes INTEGER,
      need_pending INTEGER NOT NULL DEFAULT 1,
      tags TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(tags)),
      favourite INTEGER NOT NULL DEFAULT 0,
      created_at TEXT NOT NULL,
      updated_at TEXT NOT NULL,
      deleted_at TEXT,
      notes TEXT NOT NULL DEFAULT ''
    ) STRICT;
    INSERT INTO scenarios_3 (id, name, plan_version, model, algorithm, method, created_at, updated_at, deleted_at)
      SELECT id, name, plan_version,
        coalesce(json_extract(plan, '$.model.id'), json_extract(plan, '$.model.name'), json_extract(plan, '$.model.architecture.name'), '?'),
        coalesce(json_extract(plan, '$.algorithm'), 'sft'), coalesce(json_extract(plan, '$.method.kind'), '?'),
        created_at, updated_at, deleted_at
      FROM scenarios ORDER BY created_at, rowid;

    CREATE TABLE revisions (
      key INTEGER PRIMARY KEY,
      scenario_id TEXT NOT NULL REFERENCES scenarios_3 (id) ON DELETE CASCADE,
      number INTEGER NOT NULL,
      name TEXT NOT NULL,
      plan TEXT NOT NULL CHECK (json_valid(plan)),
      target TEXT NOT NULL CHECK (json_valid(target)),
      need_bytes INTEGER,
      saved_at TEXT NOT NULL,
      UNIQUE (scenario_id, number)
    ) STRICT;
    INSERT INTO revisions (scenario_id, number, name, plan, target, saved_at) SELECT id, 1, name, plan, target, updated_at FROM scenarios ORDER BY rowid;

    CREATE TABLE measured_runs_3 (
      id TEXT PRIMARY KEY,
      scenario_id TEXT NOT NULL REFERENCES scenarios_3 (id) ON DELETE CASCADE,
      run TEXT NOT NULL CHECK (json_valid(run)),
      points TEXT NOT NULL CHECK (json_valid(points)),
      started_at TEXT NOT NULL,
      created_at TEXT NOT NULL
    ) STRICT;
    INSERT INTO measured_runs_3 SELECT id, scenario_id, run, points, started_at, created_at FROM measured_runs ORDER BY rowid;
    DROP TABLE measured_runs;
    DROP TABLE scenarios;
    ALTER TABLE scenarios_3 RENAME TO scenarios;
    ALTER TABLE measured_runs_3 RENAME TO measured_runs;

    CREATE INDEX measured_runs_scenario ON measured_runs (scenario_id, started_at);
    CREATE UNIQUE INDEX scenarios_name ON scenarios (name) WHERE deleted_at IS NULL;
    CREATE INDEX scenarios_alphabet ON scenarios (name COLLATE NOCASE) WHERE deleted_at IS NULL;
    CREATE INDEX scenarios_updated ON scenarios (updated_at) WHERE deleted_at IS NULL;
    CREATE INDEX scenarios_created ON scenarios (created_at) WHERE deleted_at IS NULL;
    CREATE INDEX scenarios_need ON scenarios (need_bytes) WHERE deleted_at IS NULL;
    CREATE INDEX scenarios_favourite ON scenarios (updated_at) WHERE deleted_at IS NULL AND favourite = 1;
    CREATE INDEX scenarios_facets ON scenarios (algorithm, method, family, need_bytes, favourite, updated_at) WHERE deleted_at IS NULL;
    CREATE INDEX scenarios_trash ON scenarios (deleted_at) WHERE deleted_at IS NOT NULL;
    CREATE INDEX scenarios_pending ON scenarios (key) WHERE need_pending = 1;

    CREATE TABLE scenario_tags (
      tag TEXT NOT NULL,
      key INTEGER NOT NULL,
      PRIMARY KEY (tag, key)
    ) STRICT, WITHOUT ROWID;
    CREATE VIRTUAL TABLE scenario_text USING fts5 (name, notes, tags, model, method, algorithm, content = '', contentless_delete = 1, tokenize = 'trigram');
    INSERT INTO scenario_text (rowid, name, notes, tags, model, method, algorithm) SELECT key, ${texts('scenarios')} FROM scenarios;

    CREATE TRIGGER scenarios_inserted AFTER INSERT ON scenarios BEGIN
      INSERT INTO scenario_text (rowid, name, notes, tags, model, method, algorithm) VALUES (new.key, ${texts('new')});
      INSERT INTO scenario_tags (tag, key) SELECT value, new.key FROM json_each(new.tags) WHERE new.deleted_at IS NULL;
    END;
    CREATE TRIGGER scenarios_reworded AFTER UPDATE OF name, notes, tags, model, method, algorithm ON scenarios
      WHEN (new.name, new.notes, new.tags, new.model, new.method, new.algorithm) <> (old.name, old.notes, old.tags, old.model, old.method, old.algorithm)
    BEGIN
      DELETE FROM scenario_text WHERE rowid = old.key;
      INSERT INTO scenario_text (rowid, name, notes, tags, model, method, algorithm) VALUES (new.key, ${texts('new')});
    END;
    CREATE TRIGGER scenarios_retagged AFTER UPDATE OF tags, deleted_at ON scenarios WHEN new.tags <> old.tags OR new.deleted_at IS NOT old.deleted_at BEGIN
      DELETE FROM scenario_tags WHERE key = old.key AND tag IN (SELECT value FROM json_each(old.tags));
      INSERT INTO scenario_tags (tag, key) SELECT value, new.key FROM json_each(new.tags) WHERE new.deleted_at IS NULL;
    END;
    CREATE TRIGGER scenarios_removed BEFORE DELETE ON scenarios BEGIN
      DELETE FROM scenario_text WHERE rowid = old.key;
      DELETE FROM scenario_tags WHERE key = old.key AND tag IN (SELECT value FROM json_each(old.tags));
    END;
  `)
}
