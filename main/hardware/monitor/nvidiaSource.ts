import { finding } from '../finding.ts'
import { unknownField } from '../nvidia/query.ts'
import { runTool, type ToolRun } from '../runTool.ts'
import { startChild, type Child } from './child.ts'
import { endingOf } from './ending.ts'
import { processArguments, REPORT_ARGUMENTS, ROW_FIELDS, rowArguments, SLOW_EVERY_MS, SLOW_FIELDS, slowArguments } from './queries.ts'
import type { Ending, Source, SourceOptions } from './source.ts'

/** What has been found out about this machine's nvidia-smi; kept from one start to the next. */
export interface Manners {
  /** Fields that this driver does not know. */
  readonly unknown: Set<string>
  /** Its endless form keeps its lines to itself: it is asked again and again instead. */
  keepsLines: boolean
}

export interface NvidiaOptions extends SourceOptions {
  readonly tool: string
  readonly env: NodeJS.ProcessEnv
  readonly manners: Manners
}

/** What a first line may take beyond three turns: waking cards without persistence takes seconds. */
const FIRST_LINE_MS = 5000
/** Of a short run. */
const ASK_LIMIT_MS = 15_000
const MOST_MESSAGES = 4096
const MOST_UNKNOWN = 5

/**
 * NVIDIA's cards here: one long-lived nvidia-smi that writes a row per card and tick, and every few seconds short ones for
 * processes, temperature and power. Where the long one keeps its lines to itself, short ones take its place.
 */
export function nvidiaSource ({ detection, intervalMs, board, onSample, onEnd, tool, env, manners }: NvidiaOptions): Source {
  const known = <T extends string>(fields: readonly T[]): T[] => fields.filter((field) => !manners.unknown.has(field))
  const fields = known(ROW_FIELDS)
  const hasMig = detection.gpus.some(({ mig }) => mig?.enabled === true)
  let said = ''
  let isOver = false
  let stuck: ToolRun | null = null
  let stream: Child | null = null
  let firstLine: NodeJS.Timeout | null = null
  let nextAsk: NodeJS.Timeout | null = null
  let hasRows = false

  const stop = (): void => {
    isOver = true
    if (firstLine !== null) clearTimeout(firstLine)
    if (nextAsk !== null) clearTimeout(nextAsk)
    stream?.stop()
  }
  const end = (ending: Ending): void => {
    if (isOver) return
    stop()
    onEnd(ending)
  }
  const ended = (stderr: string, status: number | null, signal: string | null): void => {
    const ending = endingOf(said, stderr, status, signal)
    const field = unknownField(`${said}\n${stderr}`)
    if (field === null || manners.unknown.has(field) || manners.unknown.size >= MOST_UNKNOWN) return end(ending)
    manners.unknown.add(field)
    end({ ...ending, isTrial: true })
  }
  const read = (line: string): void => {
    if (line.trim() === '') return
    if (!board.row(line, fields)) {
      said = `${said}${line}\n`.slice(-MOST_MESSAGES)
      return
    }
    hasRows = true
    if (firstLine !== null) clearTimeout(firstLine)
    if (board.isWhole()) onSample()
  }

  /** Runs nvidia-smi once; null when it gave no answer. One that cannot be killed is the last. */
  const ask = async (args: readonly string[]): Promise<ToolRun | null> => {
    if (isOver || stuck?.isAlive()) return null
    const run = await runTool(tool, args, { timeoutMs: ASK_LIMIT_MS, env })
    if (run.outcome === 'timed-out') stuck = run
    return isOver ? null : run
  }
  const askRows = async (): Promise<void> => {
    const run = await ask(rowArguments(fields, null))
    if (run === null) return
    if (run.outcome === 'timed-out') {
      manners.keepsLines = false
      return end({ finding: finding('timed-out', null, { vendor: 'nvidia' }), isFinal: false })
    }
    said = ''
    hasRows = false
    for (const line of run.stdout.split(/\r?\n/)) read(line)
    if (!hasRows) ended(run.stderr, run.status, null)
  }
  const askHeat = async (): Promise<void> => {
    const wanted = known(SLOW_FIELDS)
    if (wanted.length <= 2) return
    const heat = await ask(slowArguments(wanted))
    if (heat?.outcome !== 'exited') return
    if (heat.status === 0) return board.slow(heat.stdout, wanted)
    const field = unknownField(`${heat.stdout}\n${heat.stderr}`)
    if (field !== null && manners.unknown.size < MOST_UNKNOWN) manners.unknown.add(field)
  }
  const askSlow = async (): Promise<void> => {
    if (hasMig) {
      const report = await ask(REPORT_ARGUMENTS)
      if (report?.outcome === 'exited') board.report(report.stdout)
      return
    }
    const processes = await ask(processArguments())
    if (processes?.status === 0) board.processes(processes.stdout)
    await askHeat()
  }
  const keepAsking = async (): Promise<void> => {
    if (manners.keepsLines) await askRows()
    // Beside a long-lived one that has not come up yet, others would only wait with it.
    if (hasRows) await askSlow()
    if (!isOver) nextAsk = setTimeout(() => { void keepAsking() }, hasRows || manners.keepsLines ? Math.max(SLOW_EVERY_MS, intervalMs) : 100)
  }

  if (!manners.keepsLines) {
    stream = startChild(tool, rowArguments(fields, intervalMs), { env, onLine: read, onExit: (status, signal, stderr) => { ended(stderr, status, signal) } })
    firstLine = setTimeout(() => {
      manners.keepsLines = true
      end({ finding: finding('monitor-silent', null, { vendor: 'nvidia' }), isFinal: false, isTrial: true })
    }, 3 * intervalMs + FIRST_LINE_MS)
  }
  void keepAsking()
  return {
    intervalMs: () => manners.keepsLines ? Math.max(SLOW_EVERY_MS, intervalMs) : intervalMs,
    stop,
    isGone: () => stream?.isAlive() !== true && stuck?.isAlive() !== true
  }
}
