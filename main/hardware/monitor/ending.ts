import type { FindingCode } from '#shared/contract/index.ts'
import { finding } from '../finding.ts'
import { recognizeFailure } from '../nvidia/failures.ts'
import type { Ending } from './source.ts'

/** Nothing but a reboot or an installation helps. */
const FINAL: readonly FindingCode[] = ['version-mismatch', 'tool-mismatch', 'no-library', 'no-nvidia-smi', 'ssh-missing', 'ssh-hostkey-unknown', 'ssh-hostkey-changed', 'ssh-auth', 'ssh-config', 'ssh-no-shell']

export const isFinal = (code: FindingCode): boolean => FINAL.includes(code)

/** Why nvidia-smi ended while it was to go on: by what it said, else how it ended. */
export function endingOf (said: string, stderr: string, status: number | null, signal: string | null): Ending {
  const known = recognizeFailure(`${said}\n${stderr}`, status)
  const how = signal !== null ? `nvidia-smi: ${signal}` : `nvidia-smi: exit ${status ?? '?'} ${said} ${stderr}`
  const found = known ?? finding('monitor-ended', how, { vendor: 'nvidia' })
  return { finding: found, isFinal: isFinal(found.code) }
}
