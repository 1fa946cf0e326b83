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
    if (tags) db.prepare('UPDATE scenarios SET tags = ? WHERE id = ?').run(JSON.stringify([...new Set(tags)]), id)
    if (notes !== undefined) db.prepare('UPDATE scenarios SET notes = ? WHERE id = ?').run(notes, id)
    if (favourite !== undefined) db.prepare('UPDATE scenarios SET favourite = ? WHERE id = ?').run(favourite ? 1 : 0, id)
    return summarize(requireRow(db, id))
  }).immediate()
}

/** A copy under a free name, with its notes and tags and without its history and measured runs. Works for one that cannot be read, too. */
export function duplicateScenario (db: Database, id: string, now: Date): Scenario {
  return db.transaction(() => {
    const row = requireRow(db, id)
    const copy = { ...row, id: randomUUID(), name: freeName(db, row.name, null), now: now.toISOString() }
    db.prepare(`
      INSERT INTO scenarios (id, name, plan, plan_version, target, notes, tags, model, family, algorithm, method, need_bytes, created_at, updated_at)
      SELECT @id, @name, plan, plan_version, target, notes, tags, model, family, algorithm, method, need_bytes, @now, @now FROM scenarios WHERE id = @from
    `).run({ id: copy.id, name: copy.name, now: copy.now, from: id })
    addRevision(db, copy.id, { name: copy.name, plan: row.plan, target: row.target, need: row.need_bytes, now: copy.now })
    return read(requireRow(db, copy.id))
  }).immediate()
}
