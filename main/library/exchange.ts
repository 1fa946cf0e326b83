import * as v from 'valibot'
import {
  EXCHANGE_VERSION, ExchangeDocumentSchema, ExchangedScenarioSchema, MeasuredRunSummarySchema, RunPointSchema,
  type ExchangedScenario, type ImportEntry, type ScenarioSummary
} from '#shared/contract/index.ts'
import { describeProblem, parsePlan, serializePlan, type PlanProblem } from '#shared/plan/index.ts'
import type { Database } from './driver.ts'
import { freeName } from './freeName.ts'
import { saveRun } from './measuredRuns.ts'
import { annotateScenario } from './remarks.ts'
import { COLUMNS, read, requireRow, summarize, type Row } from './row.ts'
import { saveScenario } from './scenarios.ts'

export interface ExportedDocument {
  readonly fileName: string
  readonly text: string
  readonly count: number
}

/** Scenarios with notes, tags and measured runs as one document; null: all outside the trash. One that cannot be read is left out. */
export function exportScenarios (db: Database, ids: readonly string[] | null, now: Date): ExportedDocument {
  const rows = ids === null
    ? db.prepare<[], Row>(`SELECT ${COLUMNS} FROM scenarios WHERE deleted_at IS NULL ORDER BY updated_at DESC`).all()
    : ids.map(id => requireRow(db, id))
  const scenarios = rows.flatMap(row => exchanged(db, row) ?? [])
  const name = ids !== null && scenarios.length === 1 ? fileNameOf(scenarios[0]!.name) : `headroom-${now.toISOString().slice(0, 10)}`
  return { fileName: `${name}.headroom.json`, text: `${JSON.stringify({ type: 'headroom/scenarios', version: EXCHANGE_VERSION, scenarios }, null, 2)}\n`, count: scenarios.length }
}

function exchanged (db: Database, row: Row): ExchangedScenario | null {
  if (summarize(row).state !== 'ok') return null
  const { id, ...scenario } = read(row)
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

/** What importing would do with each scenario of a document or of a single plan file. Changes nothing. */
export function previewImport (db: Database, text: string): ImportEntry[] {
  const names = new Set<string>()
  return readDocument(text).map(({ name, scenario, problem }, index) => {
    if (!scenario) return { index, name, model: '?', method: '?', state: 'refused', suggestion: null, problem: problem! }
    const { model, method } = scenario.plan
    const shown = { index, name: scenario.name, model: 'id' in model ? model.id : 'config' in model ? model.name : model.architecture.name, method: method.kind, problem: null }
    if (isThere(db, scenario)) return { ...shown, state: 'same', suggestion: null }
    const free = freeAmong(db, scenario.name, names)
    names.add(free)
    return { ...shown, state: free === scenario.name ? 'new' : 'renamed', suggestion: free === scenario.name ? null : free }
  })
}

/** Adds the chosen scenarios in one transaction: all of them, or none. A name that is taken by now gets a number. */
export function importScenarios (db: Database, text: string, entries: readonly { readonly index: number, readonly name: string }[], now: Date): ScenarioSummary[] {
  const document = readDocument(text)
  return db.transaction(() => entries.flatMap(({ index, name }) => {
    const scenario = document[index]?.scenario
    if (!scenario) return []
    const { plan, target, tags, notes, favourite, runs } = scenario
    const { id } = saveScenario(db, null, { name: freeName(db, name, null), plan, target }, now)
    for (const run of runs) saveRun(db, { ...run, scenarioId: id }, now)
    return [annotateScenario(db, id, { tags, notes, favourite })]
  })).immediate()
}

interface Entry {
  readonly name: string
  readonly scenario: ExchangedScenario | null
  readonly problem: ImportEntry['problem']
}

const refused = (name: string, en: string, zh: string): Entry => ({ name, scenario: null, problem: { en, zh } })

/** A bundle, or a bare plan as the command line reads it. What cannot be read is an entry that says why. */
function readDocument (text: string): Entry[] {
  let input: unknown
  try {
    input = JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch (error) {
    return [refused('?', `The file is not JSON: ${(error as Error).message}`, `文件不是有效的 JSON：${(error as Error).message}`)]
  }
  const type = (input as { type?: unknown } | null)?.type
  if (type === 'headroom/plan') return [readPlan(input)]
  const document = v.safeParse(ExchangeDocumentSchema, input)
  if (!document.success) return [refused('?', 'The file holds neither scenarios of Headroom nor a plan.', '文件中既没有 Headroom 场景，也没有方案。')]
  const { version, scenarios } = document.output
  if (version > EXCHANGE_VERSION) {
    return [refused('?', `The file was written by a newer Headroom (version ${version}; this one reads up to ${EXCHANGE_VERSION}). Update Headroom to import it.`, `文件由更新版本的 Headroom 写入（版本 ${version}，当前最高支持 ${EXCHANGE_VERSION}）。请更新 Headroom 后再导入。`)]
  }
  return scenarios.map(readScenario)
}

function readScenario (input: unknown): Entry {
  const name = typeof (input as { name?: unknown } | null)?.name === 'string' ? (input as { name: string }).name : '?'
  const plan = parsePlan((input as { plan?: unknown } | null)?.plan)
  if (!plan.ok) return { name, scenario: null, problem: problemsOf(plan.problems) }
  const parsed = v.safeParse(ExchangedScenarioSchema, { ...input as object, plan: plan.value })
  if (parsed.success) return { name, scenario: parsed.output, problem: null }
  const [issue] = parsed.issues
  const where = v.getDotPath(issue) ?? ''
  return refused(name, `${where}: ${issue.message}`, `${where}：${issue.message}`)
}

function readPlan (input: unknown): Entry {
  const plan = parsePlan(input)
  if (!plan.ok) return { name: '?', scenario: null, problem: problemsOf(plan.problems) }
  const { model } = plan.value
  const name = 'id' in model ? model.id : 'config' in model ? model.name : model.architecture.name
  const target: ExchangedScenario['target'] = { sources: [{ kind: 'machine', machine: 'local', devices: null }], memory: 'free', reserve: 0.3 }
  return { name, problem: null, scenario: { name, plan: plan.value, target, tags: [], notes: '', favourite: false, runs: [] } }
}

const problemsOf = (problems: readonly PlanProblem[]): ImportEntry['problem'] => ({
  en: problems.slice(0, 3).map(problem => describeProblem(problem, 'en')).join(' '),
  zh: problems.slice(0, 3).map(problem => describeProblem(problem, 'zh')).join(' ')
})

/** An equal scenario under the same name. */
function isThere (db: Database, { name, plan, target }: ExchangedScenario): boolean {
  return db.prepare('SELECT 1 FROM scenarios WHERE name = ? AND plan = ? AND target = ? AND deleted_at IS NULL').get(name, serializePlan(plan), JSON.stringify(target)) !== undefined
}

function freeAmong (db: Database, name: string, taken: ReadonlySet<string>): string {
  let free = freeName(db, name, null)
  for (let n = 2; taken.has(free); n++) free = freeName(db, `${name} (${n})`, null)
  return free
}
