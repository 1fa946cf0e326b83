import * as v from 'valibot'
import { EXCHANGE_VERSION, ExchangeDocumentSchema, ExchangedScenarioSchema, MAX_IMPORTED, type ExchangedScenario, type ImportEntry } from '#shared/contract/index.ts'
import { describeProblem, parsePlan, type PlanProblem } from '#shared/plan/index.ts'
import { modelName } from '../listed.ts'

/** A scenario of a file that is imported, or why it cannot be. */
export interface Entry {
  readonly name: string
  readonly scenario: ExchangedScenario | null
  readonly problem: ImportEntry['problem']
}

export const refused = (name: string, en: string, zh: string): Entry => ({ name, scenario: null, problem: { en, zh } })

/** A document of scenarios, or a bare plan as the command line reads it. What cannot be read is an entry that says why. */
export function readDocument (text: string): Entry[] {
  let input: unknown
  try {
    input = JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch (error) {
    return [refused('?',
      `The file is not JSON, or was cut off: ${(error as Error).message}. Export it again, or choose a file that Headroom exported.`,
      `文件不是完整的 JSON：${(error as Error).message}。请重新导出，或选择由 Headroom 导出的文件。`)]
  }
  const type = (input as { type?: unknown } | null)?.type
  if (type === 'headroom/plan') return [isDeeper(input, DEEPEST) ? readEach(input) : readPlan(input)]
  const head = v.safeParse(v.object({ type: v.literal('headroom/scenarios'), version: v.number() }), input)
  if (!head.success) {
    return [refused('?', 'The file holds neither scenarios of Headroom nor a plan. Choose a file that Headroom exported.', '文件中没有 Headroom 的方案。请选择由 Headroom 导出的文件。')]
  }
  const { version } = head.output
  if (version > EXCHANGE_VERSION) {
    return [refused('?',
      `The file was written by a newer Headroom (version ${version}; this one reads up to ${EXCHANGE_VERSION}). Update Headroom to import it.`,
      `文件由更新版本的 Headroom 写入（版本 ${version}，当前最高支持 ${EXCHANGE_VERSION}）。请更新 Headroom 后再导入。`)]
  }
  const document = v.safeParse(ExchangeDocumentSchema, input)
  if (!document.success) {
    return [refused('?', `The file's list of scenarios is missing, or has more than ${MAX_IMPORTED}. Export it again.`, `文件缺少方案列表，或超过 ${MAX_IMPORTED} 个。请重新导出。`)]
  }
  return document.output.scenarios.map(readEach)
}

/** One that cannot be read does not keep the others out. */
function readEach (input: unknown): Entry {
  const given = (input as { name?: unknown } | null)?.name
  const name = typeof given === 'string' && given.trim() !== '' ? given.trim().slice(0, 200) : '?'
  if (isDeeper(input, DEEPEST)) return refused(name, `The scenario cannot be read: it is nested deeper than ${DEEPEST} levels.`, `无法读取该方案：嵌套超过 ${DEEPEST} 层。`)
  return readScenario(input, name)
}

/** Levels of a scenario. SQLite's JSON ends at 1000. */
const DEEPEST = 200

const isDeeper = (value: unknown, levels: number): boolean =>
  typeof value === 'object' && value !== null && (levels === 0 || Object.values(value).some(inner => isDeeper(inner, levels - 1)))

function readScenario (input: unknown, name: string): Entry {
  const plan = parsePlan((input as { plan?: unknown } | null)?.plan)
  if (!plan.ok) return { name, scenario: null, problem: problemsOf(plan.problems) }
  const parsed = v.safeParse(ExchangedScenarioSchema, { ...input as object, plan: plan.value })
  if (parsed.success) return { name, scenario: parsed.output, problem: null }
  const [issue] = parsed.issues
  const where = v.getDotPath(issue) ?? ''
  return refused(name, `The field “${where}” cannot be read: ${issue.message}.`, `字段“${where}”的值无效（${issue.message}）。`)
}

function readPlan (input: unknown): Entry {
  const plan = parsePlan(input)
  if (!plan.ok) return { name: '?', scenario: null, problem: problemsOf(plan.problems) }
  const name = modelName(plan.value.model).slice(0, 200)
  const target: ExchangedScenario['target'] = { sources: [{ kind: 'machine', machine: 'local', devices: null }], memory: 'free', reserve: 0.3 }
  return { name, problem: null, scenario: { name, plan: plan.value, target, tags: [], notes: '', favourite: false, runs: [] } }
}

const problemsOf = (problems: readonly PlanProblem[]): ImportEntry['problem'] => ({
  en: problems.slice(0, 3).map(problem => describeProblem(problem, 'en')).join(' '),
  zh: problems.slice(0, 3).map(problem => describeProblem(problem, 'zh')).join(' ')
})
