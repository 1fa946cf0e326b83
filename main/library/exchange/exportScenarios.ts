import * as v from 'valibot'
import { EXCHANGE_VERSION, MAX_EXCHANGED, MeasuredRunSummarySchema, RunPointSchema, type ExchangedScenario } from '#shared/contract/index.ts'
import type { Database } from '../driver.ts'
import { LibraryError } from '../libraryError.ts'
import { read, requireRow, SELECT_ROW, summarize, type Row } from '../row.ts'

export interface ExportedDocument {
  readonly fileName: string
  readonly text: string
  readonly count: number
  /** Those that this version cannot read. */
  readonly leftOut: number
}

/**
 * Scenarios with notes, tags and measured runs as one document; null: all outside the trash. Throws too-large when the text has
 * more than `most` characters.
 */
export function exportScenarios (db: Database, ids: readonly string[] | null, now: Date, most = MAX_EXCHANGED): ExportedDocument {
  const texts: string[] = []
  let [length, leftOut, name] = [0, 0, '']
  for (const row of rowsOf(db, ids)) {
    const scenario = exchanged(db, row)
    if (!scenario) {
      leftOut++
      continue
    }
    name = scenario.name
    // One is read by people and laid out for them; many have a line each.
    texts.push(JSON.stringify(scenario, null, ids?.length === 1 ? 2 : undefined))
    length += texts.at(-1)!.length + 2
    if (length > most) throw new LibraryError('too-large', `The scenarios are more than ${most} characters. Export fewer, or copy the library: headroom export --library > library.db`, { path: '', bytes: length, most })
  }
  const fileName = texts.length === 1 ? fileNameOf(name) : `headroom-${now.toISOString().slice(0, 10)}`
  return {
    fileName: `${fileName}.headroom.json`,
    text: `{"type":"headroom/scenarios","version":${EXCHANGE_VERSION},"scenarios":[\n${texts.join(',\n')}\n]}\n`,
    count: texts.length,
    leftOut
  }
}

function * rowsOf (db: Database, ids: readonly string[] | null): Iterable<Row> {
  if (ids !== null) {
    for (const id of ids) yield requireRow(db, id)
    return
  }
  const keys = db.prepare<[], number>('SELECT key FROM scenarios WHERE deleted_at IS NULL ORDER BY updated_at DESC').pluck().all()
  const select = db.prepare<[number], Row>(`${SELECT_ROW} WHERE scenarios.key = ?`)
  for (const key of keys) yield select.get(key)!
}

function exchanged (db: Database, row: Row): ExchangedScenario | null {
  if (summarize(row).state !== 'ok') return null
  const { id, ...scenario } = read(row)
  if (row.runs === 0) return { ...scenario, runs: [] }
  const runs = db.prepare<[string], { id: string, run: string, points: string }>('SELECT id, run, points FROM measured_runs WHERE scenario_id = ? ORDER BY started_at').all(id)
  return { ...scenario, runs: runs.flatMap(runOf) }
}

function runOf ({ id, run, points }: { id: string, run: string, points: string }): ExchangedScenario['runs'] {
  const summary = v.safeParse(MeasuredRunSummarySchema, { ...JSON.parse(run) as object, id })
  const read = v.safeParse(v.array(RunPointSchema), JSON.parse(points))
  if (!summary.success || !read.success) return []
  const { id: _, scenarioId: __, ...draft } = summary.output
  return [{ ...draft, points: read.output }]
}

/** Letters, digits and what joins them; every system takes such a name. */
const fileNameOf = (name: string): string => name.replaceAll(/[^\p{L}\p{N}._-]+/gu, '-').replaceAll(/^[-.]+|[-.]+$/g, '').slice(0, 80) || 'scenario'
