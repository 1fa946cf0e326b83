import { readFile } from 'node:fs/promises'
import { text as readAll } from 'node:stream/consumers'
import { describeProblem, parsePlanText, type Plan, type PlanProblem } from '#shared/plan/index.ts'
import { InputError } from './exit.ts'
import type { Terminal } from './terminal.ts'

const LARGEST = 16 * 1024 ** 2

/** Reads a plan from a file, or from standard input when the name is `-`. Throws an InputError with a line per problem. */
export async function readPlan (file: string, terminal: Terminal): Promise<Plan> {
  const parsed = parsePlanText(await readInput(file, terminal))
  if (!parsed.ok) throw problemsOf(file, parsed.problems, terminal)
  return parsed.value
}

/** The problems of a plan, each on a line that begins with the file. */
export function problemsOf (file: string, problems: readonly PlanProblem[], { locale }: Terminal): InputError {
  return new InputError(...problems.map((problem) => `${nameOf(file)}: ${describeProblem(problem, locale)}`))
}

const nameOf = (file: string): string => file === '-' ? 'stdin' : file

async function readInput (file: string, { say }: Terminal): Promise<string> {
  try {
    const text = file === '-' ? await readAll(process.stdin) : await readFile(file, 'utf8')
    if (text.length <= LARGEST) return text
  } catch (error) {
    throw unreadable(file, error, say)
  }
  throw new InputError(say(`${nameOf(file)} is far too large for a plan. To read many plans, use --batch.`, `${nameOf(file)} 过大，不是单个方案。要读取多个方案，请使用 --batch。`))
}

/** Why a file cannot be read, as a sentence. */
export function unreadable (file: string, error: unknown, say: Terminal['say']): InputError {
  const { code, message } = error as NodeJS.ErrnoException
  switch (code) {
    case 'ENOENT': return new InputError(say(`${file}: there is no such file. “headroom plan > ${file}” makes one to start from.`, `${file}：文件不存在。可用“headroom plan > ${file}”生成初始方案。`))
    case 'EISDIR': return new InputError(say(`${file} is a folder. Name the plan file in it.`, `${file} 是文件夹。请指定其中的方案文件。`))
    case 'EACCES':
    case 'EPERM': return new InputError(say(`${file} may not be read by this user. Change its permissions.`, `当前用户无权读取 ${file}。请修改其权限。`))
    default: return new InputError(say(`${file} cannot be read: ${message}.`, `无法读取 ${file}：${message}。`))
  }
}
