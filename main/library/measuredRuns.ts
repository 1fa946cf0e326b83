import { randomUUID } from 'node:crypto'
import * as v from 'valibot'
import { MeasuredRunSummarySchema, RunPointSchema, type MeasuredRun, type MeasuredRunDraft, type MeasuredRunSummary } from '#shared/contract/index.ts'
import type { Database } from './driver.ts'
import { LibraryError } from './libraryError.ts'

interface Row { id: string, run: string }

/** Measured runs of a scenario, newest first. One that this version cannot read is left out, and stays in the file. */
export function listRuns (db: Database, scenarioId: string): MeasuredRunSummary[] {
  return db.prepare<[string], Row>('SELECT id, run FROM measured_runs WHERE scenario_id = ? ORDER BY started_at DESC, rowid DESC')
    .all(scenarioId).flatMap(row => summarize(row) ?? [])
}

export function openRun (db: Database, id: string): MeasuredRun {
  const row = db.prepare<[string], Row & { points: string }>('SELECT id, run, points FROM measured_runs WHERE id = ?').get(id)
  const summary = row && summarize(row)
  const points = v.safeParse(v.array(RunPointSchema), JSON.parse(row?.points ?? 'null'))
  if (!summary || !points.success) throw missing(id)
  return { ...summary, points: points.output }
}

/** Keeps a run with its scenario, which must not be in the trash. When it returns, the run is on the disk. */
export function saveRun (db: Database, draft: MeasuredRunDraft, now: Date): MeasuredRunSummary {
  const { points, ...run } = draft
  return db.transaction(() => {
    const { scenarioId } = run
    if (db.prepare('SELECT 1 FROM scenarios WHERE id = ? AND deleted_at IS NULL').get(scenarioId) === undefined) {
      throw new LibraryError('not-found', `No scenario ${scenarioId} in the library.`, { id: scenarioId })
    }
    const id = randomUUID()
    db.prepare('INSERT INTO measured_runs (id, scenario_id, run, points, started_at, created_at) VALUES (@id, @scenarioId, @run, @points, @startedAt, @now)')
      .run({ id, scenarioId, run: JSON.stringify(run), points: JSON.stringify(points), startedAt: run.startedAt, now: now.toISOString() })
    return { id, ...run }
  }).immediate()
}

export function removeRun (db: Database, id: string): void {
  if (db.prepare('DELETE FROM measured_runs WHERE id = ?').run(id).changes === 0) throw missing(id)
}

const missing = (id: string): LibraryError<'run-not-found'> => new LibraryError('run-not-found', `No measured run ${id} in the library.`, { id })

function summarize ({ id, run }: Row): MeasuredRunSummary | null {
  const parsed = v.safeParse(MeasuredRunSummarySchema, { ...JSON.parse(run) as object, id })
  return parsed.success ? parsed.output : null
}
