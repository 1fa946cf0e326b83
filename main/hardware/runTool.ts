import { spawn, type ChildProcess, type ChildProcessByStdio } from 'node:child_process'
import type { Readable } from 'node:stream'

export interface ToolOptions {
  readonly timeoutMs: number
  /** Of each stream; the tool is stopped when it writes more. */
  readonly maxOutputBytes?: number
  readonly env?: NodeJS.ProcessEnv
}

export interface ToolRun {
  readonly outcome: 'exited' | 'not-started' | 'timed-out' | 'too-much-output'
  /** Exit status; null when it was killed or never started. */
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
  /** Why it did not start: the system's error code, such as ENOENT. */
  readonly startError: string | null
  readonly pid: number | null
  /** Whether the process is still there: one stuck in a driver call survives SIGKILL. */
  readonly isAlive: () => boolean
}

const DEFAULT_MAX_OUTPUT = 8 * 1024 ** 2

/**
 * Runs a vendor's tool: no shell, no input, English output, bounded time and output. Never rejects. Past a limit the tool is
 * killed and the promise settles at once, without waiting for a process that cannot die.
 */
export function runTool (file: string, args: readonly string[], { timeoutMs, maxOutputBytes = DEFAULT_MAX_OUTPUT, env = process.env }: ToolOptions): Promise<ToolRun> {
  let child: ToolProcess
  try {
    child = start(file, args, env)
  } catch (error) {
    return Promise.resolve({ outcome: 'not-started', status: null, stdout: '', stderr: '', startError: codeOf(error), pid: null, isAlive: () => false })
  }
  return watch(child, timeoutMs, maxOutputBytes)
}

type ToolProcess = ChildProcessByStdio<null, Readable, Readable>

function start (file: string, args: readonly string[], env: NodeJS.ProcessEnv): ToolProcess {
  return spawn(file, args, {
    shell: false,
    windowsHide: true,
    // A group of its own, so that what the tool started is killed with it.
    detached: process.platform !== 'win32',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...env, LC_ALL: 'C', LANG: 'C' }
  })
}

function watch (child: ToolProcess, timeoutMs: number, maxOutputBytes: number): Promise<ToolRun> {
  return new Promise((resolve) => {
    const written = { stdout: [] as Buffer[], stderr: [] as Buffer[] }
    let alive = child.pid !== undefined

    const settle = (outcome: ToolRun['outcome'], status: number | null, startError: string | null = null): void => {
      clearTimeout(timer)
      const text = (chunks: readonly Buffer[]): string => Buffer.concat(chunks).toString('utf8')
      resolve({ outcome, status, stdout: text(written.stdout), stderr: text(written.stderr), startError, pid: child.pid ?? null, isAlive: () => alive })
    }
    const stop = (outcome: 'timed-out' | 'too-much-output'): void => {
      kill(child)
      child.stdout.destroy()
      child.stderr.destroy()
      child.unref()
      settle(outcome, null)
    }
    const timer = setTimeout(() => { stop('timed-out') }, timeoutMs)

    for (const name of ['stdout', 'stderr'] as const) {
      let size = 0
      child[name].on('data', (chunk: Buffer) => {
        if (size < maxOutputBytes) written[name].push(chunk.subarray(0, maxOutputBytes - size))
        size += chunk.length
        if (size > maxOutputBytes) stop('too-much-output')
      })
      child[name].on('error', () => {})
    }
    child.on('exit', () => { alive = false })
    child.on('error', (error) => {
      if (child.pid === undefined) settle('not-started', null, codeOf(error))
    })
    child.on('close', (status) => { settle('exited', status) })
  })
}

function kill (child: ChildProcess): void {
  try {
    if (process.platform !== 'win32' && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
    else child.kill('SIGKILL')
  } catch {
    child.kill('SIGKILL')
  }
}

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? String((error as Error).message)
