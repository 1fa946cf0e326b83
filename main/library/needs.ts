import { findModel } from '#shared/catalog/index.ts'
import { estimate } from '#shared/memory/index.ts'
import { parsePlanText, type Plan } from '#shared/plan/index.ts'
import type { Database } from './driver.ts'

interface Pending { key: number, model: string, revision: number | null, plan: string | null }

/**
 * Estimates the memory of one scenario that was saved without it: an estimate may take longer than a save may, so it follows
 * later. Newest first. False when none is left.
 */
export function fillNextNeed (db: Database): boolean {
  const row = db.prepare<[], Pending>(`
    SELECT scenarios.key, model, revisions.key AS revision, plan FROM scenarios LEFT JOIN revisions ON revisions.scenario_id = scenarios.id
      AND number = (SELECT max(number) FROM revisions AS newest WHERE newest.scenario_id = scenarios.id)
    WHERE scenarios.key = (SELECT max(key) FROM scenarios WHERE need_pending = 1)`).get()
  if (!row) return false
  const plan = parsePlanText(row.plan ?? '')
  const need = plan.ok ? neededBytes(plan.value) : null
  db.transaction(() => {
    db.prepare('UPDATE scenarios SET need_bytes = ?, need_pending = 0, family = coalesce(family, ?) WHERE key = ?').run(need, findModel(row.model)?.family ?? null, row.key)
    if (row.revision !== null) db.prepare('UPDATE revisions SET need_bytes = ? WHERE key = ?').run(need, row.revision)
  }).immediate()
  return true
}

/** Memory that a run needs on a GPU, expected, in bytes; null for a plan that has no estimate. */
function neededBytes (plan: Plan): number | null {
  try {
    const result = estimate(plan, { depth: 'fast' })
    return result.ok ? Math.round(result.value.total.expected) : null
  } catch {
    return null
  }
}
