import { randomUUID } from 'node:crypto'
import type { Scenario, ScenarioSummary } from '#shared/contract/index.ts'
import type { Database } from './driver.ts'
import { freeName } from './freeName.ts'
import { addRevision } from './revisions.ts'
import { read, requireRow, summarize } from './row.ts'

export interface Remarks {
  readonly tags?: readonly string[] | undefined
  readonly notes?: string | undefined
  readonly favourite?: boolean | undefined
}

/** Changes what the user wrote beside a scenario; what is absent stays. Each tag once, in the order given. */
export function annotateScenario (db: Database, id: string, { tags, notes, favourite }: Remarks): ScenarioSummary {
  return db.transaction(() => {
    requireRow(db, id)
    db.prepare('UPDATE scenarios SET tags = coalesce(?, tags), notes = coalesce(?, notes), favourite = coalesce(?, favourite) WHERE id = ?')
      .run(tags === undefined ? null : JSON.stringify([...new Set(tags)]), notes ?? null, favourite === undefined ? null : favourite ? 1 : 0, id)
    return summarize(requireRow(db, id))
  }).immediate()
}

/** A copy under a free name, with its notes and tags and without its history and measured runs. Throws for one that cannot be read. */
export function duplicateScenario (db: Database, id: string, now: Date): Scenario {
  return db.transaction(() => {
    const row = requireRow(db, id)
    read(row)
    const copy = { id: randomUUID(), name: freeName(db, row.name, null), now: now.toISOString() }
    db.prepare(`
      INSERT INTO scenarios (id, name, plan_version, notes, tags, model, family, algorithm, method, need_bytes, need_pending, created_at, updated_at)
      SELECT @id, @name, plan_version, notes, tags, model, family, algorithm, method, need_bytes, need_pending, @now, @now FROM scenarios WHERE key = @from
    `).run({ ...copy, from: row.key })
    addRevision(db, copy.id, { name: copy.name, plan: row.plan!, target: row.target!, need: row.need_bytes, now: copy.now })
    return read(requireRow(db, copy.id))
  }).immediate()
}
