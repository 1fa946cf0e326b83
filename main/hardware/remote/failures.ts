import type { Finding, FindingCode } from '#shared/contract/index.ts'
import { finding } from '../finding.ts'

/** What OpenSSH writes when it fails, most telling first: a changed host key also ends in "verification failed". */
const MESSAGES: readonly (readonly [RegExp, FindingCode])[] = [
  [/remote host identification has changed|host key for .* has changed|offending .*key in/i, 'ssh-hostkey-changed'],
  [/revoked host key|host key .* revoked/i, 'ssh-hostkey-changed'],
  [/bad configuration option|bad owner or permissions|terminating, \d+ bad configuration|keyword .* extra arguments|missing argument|unsupported option|no argument after keyword|bad .* argument/i, 'ssh-config'],
  [/getsockname failed|mux_client|control socket connect|controlsocket .* (already exists|failed)|unix_listener|too long for unix domain socket|master refused session/i, 'ssh-mux'],
  [/host key verification failed|no .* host key is known|host key is not cached/i, 'ssh-hostkey-unknown'],
  [/agent refused operation|sign_and_send_pubkey: signing failed|device not found/i, 'ssh-agent'],
  [/could not resolve hostname|name or service not known|temporary failure in name resolution|nodename nor servname/i, 'ssh-dns'],
  [/no matching (host key type|key exchange method|cipher|mac)|unable to negotiate|kex_exchange_identification: read: .*algorithm/i, 'ssh-algorithm'],
  [/permission denied|too many authentication failures|no supported authentication methods|authentication failed|account (is|has) (locked|expired)/i, 'ssh-auth'],
  [/connection timed out|operation timed out|connection refused|no route to host|network is unreachable|host is (down|unreachable)|connection (closed|reset)|connection to .* (closed|timed out)|kex_exchange_identification|banner exchange|broken pipe|timeout, server .* not responding|proxy|jump/i, 'ssh-unreachable']
]

/** What failed, from ssh's standard error: always one finding. */
export function sshFailure (stderr: string, host: string, status: number | null): Finding {
  const code = MESSAGES.find(([pattern]) => pattern.test(stderr))?.[1] ?? 'ssh-failed'
  const said = stderr.trim() === '' ? `exit ${status ?? 'by signal'}` : telling(stderr)
  return finding(code, `${host}: ${said}`)
}

/** The changed-key warning is a box of @ signs around the text. */
const telling = (stderr: string): string => stderr.split('\n').filter((line) => !/^@+$/.test(line.trim())).join('\n').trim()

/** cmd, PowerShell and POSIX shells each have their own words, some translated; the exit statuses are theirs. */
export const hasNoPosixShell = (status: number | null, output: string): boolean =>
  status === 9009 || status === 127 || status === 126 || (status === 1 && /\bsh\b/.test(output))
