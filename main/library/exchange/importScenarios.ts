import { isDeepStrictEqual } from 'node:util'
import type { ExchangedScenario, ImportEntry, ScenarioSummary } from '#shared/contract/index.ts'
import { parsePlanText } from '#shared/plan/index.ts'
import type { Database } from '../driver.ts'
import { firstFree, freeName } from '../freeName.ts'
import { modelName } from '../listed.ts'
import { saveRun } from '../measuredRuns.ts'
import { annotateScenario } from '../remarks.ts'
import { readTarget, SELECT_ROW } from '../row.ts'
import { saveScenario } from '../scenarios.ts'
import type { Entry } from './document.ts'

/** What importing would do with each scenario of a file. Changes nothing. */
export function previewImport (db: Database, entries: readonly Entry[]): ImportEntry[] {
  const names = new Set<string>()
  const inLibrary = db.prepare<[string]>('SELECT 1 FROM scenarios WHERE name = ? AND deleted_at IS NULL')
  return entries.map(({ name, scenario, problem }, index) => {
    if (!scenario) return { index, name, model: '?', method: '?', state: 'refused', suggestion: null, problem }
    const { model, method } = scenario.plan
    const shown = { index, name: scenario.name, model: modelName(model), method: method.kind, problem: null }
    if (isThere(db, scenario)) return { ...shown, state: 'same', suggestion: null }
    const free = firstFree(scenario.name, candidate => names.has(candidate) || inLibrary.get(candidate) !== undefined)
    names.add(free)
    return { ...shown, state: free === scenario.name ? 'new' : 'renamed', suggestion: free === scenario.name ? null : free }
  })
}

/** Adds the chosen scenarios in one transaction: all of them, or none. A name that is taken by now gets a number. */
export function importScenarios (db: Database, document: readonly Entry[], chosen: readonly { readonly index: number, readonly name: string }[], now: Date): ScenarioSummary[] {
  return db.transaction(() => chosen.flatMap(({ index, name }) => {
    const scenario = document[index]?.scenario
    if (!scenario) return []
    const { plan, target, tags, notes, favourite, runs, createdAt } = scenario
    const { id } = saveScenario(db, null, { name: freeName(db, name, null), plan, target }, now)
    if (createdAt !== undefined) db.prepare('UPDATE scenarios SET created_at = min(?, created_at) WHERE id = ?').run(new Date(createdAt).toISOString(), id)
    for (const run of runs) saveRun(db, { ...run, scenarioId: id }, now)
    return [annotateScenario(db, id, { tags, notes, favourite })]
  })).immediate()
}

/** An equal scenario under the same name. */
function isThere (db: Database, { name, plan, target }: ExchangedScenario): boolean {
  const there = db.prepare<[string], { plan: string | null, target: string | null }>(`${SELECT_ROW} WHERE scenarios.name = ? AND deleted_at IS NULL`).get(name)
  const stored = parsePlanText(there?.plan ?? '')
  return stored.ok && isDeepStrictEqual(stored.value, plan) && isDeepStrictEqual(readTarget(there?.target ?? null), target)
}
