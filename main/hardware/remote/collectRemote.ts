import type { Finding } from '#shared/contract/index.ts'
import type { Evidence } from '../evidence.ts'
import { finding } from '../finding.ts'
import { hasNoPosixShell, sshFailure } from './failures.ts'
import { POWERSHELL, powerShellScript } from './powerShellScript.ts'
import { readAnswer, type Read } from './readAnswer.ts'
import { runSsh, type SshRun } from './runSsh.ts'
import { probesOf, shellScript, type Collection } from './shellScript.ts'
import { sshArguments, sshEnvironment, type Sharing } from './sshArguments.ts'

export interface RemoteOptions {
  readonly ssh: string
  readonly sharing: Sharing
  readonly env?: NodeJS.ProcessEnv
  /** For the whole command, connecting included. */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
}

export interface RemoteCollected {
  /** Null when nothing could be collected; the findings then say why. */
  readonly evidence: Evidence | null
  readonly findings: readonly Finding[]
}

const TIMEOUT_MS = 25_000

/** What can be found out about a remote machine, with one log-in if it has a POSIX shell. Never rejects. */
export async function collectRemote (host: string, collection: Collection, options: RemoteOptions): Promise<RemoteCollected> {
  const { run, sharing, note } = await withSharing(host, ['sh', '-s'], shellScript(collection), options)
  const read = readAnswer(answerOf(run), probesOf(collection), host)
  const isWindows = read === null ? needsPowerShell(run) : isWindowsPort(read.evidence)
  if (!isWindows) return collected(host, run, read, note)
  const second = await attempt(host, POWERSHELL, powerShellScript(collection), { ...options, sharing })
  const secondRead = readAnswer(answerOf(second), probesOf(collection), host)
  if (secondRead === null && second.status !== 255 && second.outcome === 'exited') return nothing(finding('ssh-no-shell', `${host}: ${firstLine(second.stderr || run.stderr)}`))
  return collected(host, second, secondRead, note)
}

const nothing = (found: Finding): RemoteCollected => ({ evidence: null, findings: [found] })

/** Tries the shared connection, and once more without when sharing is what failed. */
async function withSharing (host: string, command: readonly string[], input: string, options: RemoteOptions): Promise<{ run: SshRun, sharing: Sharing, note: Finding[] }> {
  const run = await attempt(host, command, input, options)
  const failure = run.status === 255 ? sshFailure(run.stderr, host, run.status) : null
  if (failure?.code !== 'ssh-mux' || options.sharing === null) return { run, sharing: options.sharing, note: [] }
  return { run: await attempt(host, command, input, { ...options, sharing: null }), sharing: null, note: [{ ...failure, severity: 'info' }] }
}

const attempt = (host: string, command: readonly string[], input: string, { ssh, sharing, env, timeoutMs = TIMEOUT_MS, signal }: RemoteOptions): Promise<SshRun> =>
  runSsh(ssh, sshArguments(host, command, sharing), { input, timeoutMs, env: sshEnvironment(env), ...signal === undefined ? {} : { signal } })

const answerOf = ({ stdout, outcome, timeAt }: SshRun): Parameters<typeof readAnswer>[0] =>
  ({ text: stdout, outcome: outcome === 'not-started' ? 'exited' : outcome, timeAt })

const needsPowerShell = (run: SshRun): boolean => run.outcome === 'exited' && run.status !== 255 && hasNoPosixShell(run.status, `${run.stderr}\n${run.stdout}`)

/** Git's and Cygwin's shells run under Windows, but what is asked there is PowerShell's to answer. */
const isWindowsPort = ({ system, host }: Evidence): boolean => system === 'other' && /^(MINGW|MSYS|CYGWIN)/i.test(host.platform)

function collected (host: string, run: SshRun, read: Read | null, note: readonly Finding[]): RemoteCollected {
  if (read === null) return nothing(failureOf(host, run))
  return { evidence: read.evidence, findings: [...note, ...read.complete ? [] : [cutOff(host, run)]] }
}

/** Why there is no answer at all. */
function failureOf (host: string, run: SshRun): Finding {
  if (run.outcome === 'not-started') return finding('ssh-missing')
  if (run.outcome === 'timed-out') return finding('ssh-timed-out', host)
  if (run.outcome === 'exited' && run.status === 255) return sshFailure(run.stderr, host, run.status)
  return finding('ssh-no-shell', `${host}: ${firstLine(run.stderr.trim() === '' ? run.stdout : run.stderr)}`)
}

/** Why the answer ends before its end. */
function cutOff (host: string, run: SshRun): Finding {
  if (run.outcome === 'timed-out') return finding('ssh-timed-out', host)
  if (run.status === 255) return sshFailure(run.stderr, host, run.status)
  return finding('ssh-failed', `${host}: ${run.outcome === 'too-much-output' ? 'output without end' : firstLine(run.stderr)}`)
}

const firstLine = (text: string): string => text.trim().split('\n')[0] ?? ''
