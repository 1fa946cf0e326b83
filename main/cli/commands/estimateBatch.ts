import { createReadStream } from 'node:fs'
import { estimate } from '#shared/memory/index.ts'
import { describeProblem, parsePlanText, type PlanProblem } from '#shared/plan/index.ts'
import { EXIT, type ExitCode } from '../exit.ts'
import { unreadable } from '../planFile.ts'
import type { Terminal } from '../terminal.ts'

type Depth = 'fast' | 'full'

/**
 * One JSON object per line of input, in its order: the estimate without the plan and the parts, or the problems of that line.
 * Blank lines are skipped but counted.
 */
export async function estimateBatch (file: string, depth: Depth, terminal: Terminal): Promise<ExitCode> {
  let allRead = true
  let number = 0
  for await (const line of linesOf(file, terminal)) {
    number++
    if (line.trim() === '') continue
    const result = estimateLine(line, depth)
    allRead &&= result.ok
    await terminal.print(JSON.stringify(result.ok ? { line: number, estimate: result.estimate } : { line: number, problems: withMessages(result.problems, terminal) }))
  }
  return allRead ? EXIT.ok : EXIT.badInput
}

async function * linesOf (file: string, { say }: Terminal): AsyncGenerator<string> {
  const input = (file === '-' ? process.stdin : createReadStream(file)).setEncoding('utf8')
  let unfinished = ''
  try {
    for await (const chunk of input) {
      const lines = (unfinished + String(chunk)).split('\n')
      unfinished = lines.pop()!
      yield * lines
    }
  } catch (error) {
    throw unreadable(file, error, say)
  }
  yield unfinished
}

function estimateLine (line: string, depth: Depth) {
  const plan = parsePlanText(line)
  if (!plan.ok) return plan
  const result = estimate(plan.value, { depth })
  if (!result.ok) return result
  const { plan: _plan, parts: _parts, ...rest } = result.value
  return { ok: true, estimate: rest } as const
}

const withMessages = (problems: readonly PlanProblem[], { locale }: Terminal) =>
  problems.map((problem) => ({ ...problem, message: describeProblem(problem, locale) }))
