import { spawn } from 'node:child_process'

export interface SshRun {
  readonly outcome: 'exited' | 'not-started' | 'timed-out' | 'too-much-output'
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
  /** When a character of stdout arrived, in milliseconds since the start. */
  readonly timeAt: (index: number) => number
}

export interface SshOptions {
  readonly input: string
  readonly timeoutMs: number
  readonly env: NodeJS.ProcessEnv
  readonly maxOutputBytes?: number
  readonly signal?: AbortSignal
}

const MAX_OUTPUT = 8 * 1024 ** 2
const MAX_MESSAGES = 64 * 1024
/** For what was written to the standard error just before the end. */
const STRAGGLER_MS = 100

/** Runs ssh without a shell, gives it its input, and stops it at the limits of time and size. Never rejects. */
export function runSsh (file: string, args: readonly string[], { input, timeoutMs, env, maxOutputBytes = MAX_OUTPUT, signal }: SshOptions): Promise<SshRun> {
  return new Promise((resolve) => {
    const from = performance.now()
    const child = spawn(file, args, { shell: false, windowsHide: true, stdio: ['pipe', 'pipe', 'pipe'], env })
    const decoder = new TextDecoder()
    const arrivals: { end: number, at: number }[] = []
    let stdout = ''
    let stderr = ''
    let received = 0
    let settled = false

    const settle = (outcome: SshRun['outcome'], status: number | null): void => {
      if (settled) return
      settled = true
      clearTimeout(timer)
      signal?.removeEventListener('abort', abort)
      const at = performance.now() - from
      resolve({ outcome, status, stdout, stderr, timeAt: (index) => arrivals.find(({ end }) => index <= end)?.at ?? at })
    }
    const stop = (outcome: SshRun['outcome']): void => {
      child.kill('SIGKILL')
      child.stdout.destroy()
      child.stderr.destroy()
      settle(outcome, null)
    }
    const abort = (): void => { stop('timed-out') }
    const timer = setTimeout(abort, timeoutMs)
    signal?.addEventListener('abort', abort)

    child.stdout.on('data', (chunk: Buffer) => {
      received += chunk.length
      stdout += decoder.decode(chunk, { stream: true })
      arrivals.push({ end: stdout.length, at: performance.now() - from })
      if (received > maxOutputBytes) stop('too-much-output')
    })
    child.stderr.on('data', (chunk: Buffer) => {
      if (stderr.length < MAX_MESSAGES) stderr += chunk.toString('utf8').slice(0, MAX_MESSAGES)
    })
    // A connection that fails reads no input, and one that is stopped breaks its pipes.
    for (const stream of [child.stdin, child.stdout, child.stderr]) stream.on('error', () => {})
    child.on('error', () => { if (child.pid === undefined) settle('not-started', null) })
    // A shared connection stays behind and, in older versions, keeps the standard error open: closing is not waited for.
    let ended = false
    let status: number | null | undefined
    const finish = (): void => {
      if (ended && status !== undefined) setTimeout(() => { settle('exited', status ?? null) }, STRAGGLER_MS)
    }
    child.stdout.on('end', () => { ended = true; finish() })
    child.on('exit', (code) => { status = code; finish() })
    child.on('close', (code) => { settle('exited', code) })
    child.stdin.end(input)
  })
}
