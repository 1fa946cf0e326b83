import type { Migration } from './migration.ts'

/**
 * Tags, notes and favourites; what a list shows and filters by, kept beside the plan; every saved state; text search. VACUUM, which
 * makes the backups, may renumber rows of a table without an integer key, so the search index has keys of its own.
 */
export const searchAndHistory: Migration = {
  number: 3,
  up: db => db.exec(`
    ALTER TABLE scenarios ADD COLUMN notes TEXT NOT NULL DEFAULT '';
    ALTER TABLE scenarios ADD COLUMN tags TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(tags));
    ALTER TABLE scenarios ADD COLUMN favourite INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE scenarios ADD COLUMN model TEXT NOT NULL DEFAULT '?';
    ALTER TABLE scenarios ADD COLUMN family TEXT;
    ALTER TABLE scenarios ADD COLUMN algorithm TEXT NOT NULL DEFAULT 'sft';
    ALTER TABLE scenarios ADD COLUMN method TEXT NOT NULL DEFAULT '?';
    ALTER TABLE scenarios ADD COLUMN need_bytes INTEGER;
    UPDATE scenarios SET
      model = coalesce(json_extract(plan, '$.model.id'), json_extract(plan, '$.model.name'), json_extract(plan, '$.model.architecture.name'), '?'),
      algorithm = coalesce(json_extract(plan, '$.algorithm'), 'sft'),
      method = coalesce(json_extract(plan, '$.method.kind'), '?');
    CREATE INDEX scenarios_created ON scenarios (created_at) WHERE deleted_at IS NULL;
    CREATE INDEX scenarios_need ON scenarios (need_bytes) WHERE deleted_at IS NULL;
    CREATE INDEX scenarios_trash ON scenarios (deleted_at) WHERE deleted_at IS NOT NULL;
    CREATE INDEX scenarios_favourite ON scenarios (updated_at) WHERE deleted_at IS NULL AND favourite = 1;

    CREATE TABLE revisions (
      scenario_id TEXT NOT NULL REFERENCES scenarios (id) ON DELETE CASCADE,
      number INTEGER NOT NULL,
      name TEXT NOT NULL,
      plan TEXT NOT NULL CHECK (json_valid(plan)),
      target TEXT NOT NULL CHECK (json_valid(target)),
      need_bytes INTEGER,
      saved_at TEXT NOT NULL,
      PRIMARY KEY (scenario_id, number)
    ) STRICT, WITHOUT ROWID;
    INSERT INTO revisions (scenario_id, number, name, plan, target, saved_at) SELECT id, 1, name, plan, target, updated_at FROM scenarios;

    CREATE TABLE search_keys (
      key INTEGER PRIMARY KEY AUTOINCREMENT,
      scenario_id TEXT NOT NULL UNIQUE REFERENCES scenarios (id) ON DELETE CASCADE
    ) STRICT;
    INSERT INTO search_keys (scenario_id) SELECT id FROM scenarios;
    CREATE VIRTUAL TABLE scenario_text USING fts5 (name, notes, tags, model, method, content = '', contentless_delete = 1, tokenize = 'trigram');
    INSERT INTO scenario_text (rowid, name, notes, tags, model, method)
      SELECT key, name, notes, tags, model, method FROM scenarios JOIN search_keys ON scenario_id = id;

    CREATE TRIGGER scenarios_inserted AFTER INSERT ON scenarios BEGIN
      INSERT INTO search_keys (scenario_id) VALUES (new.id);
      INSERT INTO scenario_text (rowid, name, notes, tags, model, method)
        SELECT key, new.name, new.notes, new.tags, new.model, new.method FROM search_keys WHERE scenario_id = new.id;
    END;
    CREATE TRIGGER scenarios_updated AFTER UPDATE OF name, notes, tags, model, method ON scenarios BEGIN
      DELETE FROM scenario_text WHERE rowid = (SELECT key FROM search_keys WHERE scenario_id = new.id);
      INSERT INTO scenario_text (rowid, name, notes, tags, model, method)
        SELECT key, new.name, new.notes, new.tags, new.model, new.method FROM search_keys WHERE scenario_id = new.id;
    END;
    CREATE TRIGGER scenarios_removed BEFORE DELETE ON scenarios BEGIN
      DELETE FROM scenario_text WHERE rowid = (SELECT key FROM search_keys WHERE scenario_id = old.id);
    END;
  `)
}
