import { spawn, type ChildProcess } from 'node:child_process'
import { lineReader } from './lines.ts'

export interface ChildOptions {
  readonly env: NodeJS.ProcessEnv
  readonly onLine: (line: string) => void
  readonly onExit: (status: number | null, signal: NodeJS.Signals | null, stderr: string) => void
  /** Written to its input, which then stays open: its end tells the other side that nobody listens. */
  readonly input?: string
}

export interface Child {
  readonly pid: number | null
  readonly stop: () => void
  readonly isAlive: () => boolean
}

const MAX_STDERR = 16 * 1024

/** A tool that writes lines for as long as it is wanted: no shell, English output. Never throws; what fails is told to onExit. */
export function startChild (file: string, args: readonly string[], { env, onLine, onExit, input }: ChildOptions): Child {
  const child = spawn(file, args, {
    shell: false,
    windowsHide: true,
    // A terminal's Ctrl+C is for Headroom, which then ends it.
    detached: process.platform !== 'win32',
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    env: { ...env, LC_ALL: 'C', LANG: 'C' }
  })
  let alive = child.pid !== undefined
  let isTold = false
  let stderr = ''
  const tell = (status: number | null, signal: NodeJS.Signals | null): void => {
    if (isTold) return
    isTold = true
    onExit(status, signal, stderr)
  }
  child.stdout?.on('data', lineReader((line) => { if (!isTold) onLine(line) }))
  child.stderr?.on('data', (chunk: Buffer) => { if (stderr.length < MAX_STDERR) stderr += chunk.toString('utf8') })
  for (const stream of [child.stdin, child.stdout, child.stderr]) stream?.on('error', () => {})
  child.on('error', (error) => {
    if (child.pid !== undefined) return
    stderr = error.message
    tell(null, null)
  })
  // Not `close`: a shared ssh connection that stays behind may keep a stream open.
  child.on('exit', (status, signal) => {
    alive = false
    setTimeout(() => { tell(status, signal) }, 50)
  })
  if (input !== undefined) child.stdin?.write(input)
  return {
    pid: child.pid ?? null,
    isAlive: () => alive,
    stop: () => {
      isTold = true
      killGroup(child)
      for (const stream of [child.stdin, child.stdout, child.stderr]) stream?.destroy()
      child.unref()
    }
  }
}

/** With what it started, where it has a group of its own. */
function killGroup (child: ChildProcess): void {
  try {
    if (process.platform !== 'win32' && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
    else child.kill('SIGKILL')
  } catch {
    child.kill('SIGKILL')
  }
}
