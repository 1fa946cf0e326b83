import type { Finding, Vendor } from '#shared/contract/index.ts'
import type { ProbeRun } from '../evidence.ts'
import { finding } from '../finding.ts'

/**
 * Why a run gave nothing, or null when it ended well or the tool is simply not there. A tool's exit status alone is no failure
 * when its answer can be read; the caller says so by `answered`.
 */
export function toolFailure (run: ProbeRun | undefined, tool: string, vendor: Vendor | null, answered: boolean): Finding | null {
  if (run === undefined || isAbsent(run)) return null
  if (run.outcome === 'timed-out') return finding('timed-out', tool, { vendor })
  if (answered) return null
  return finding('vendor-tool-failed', `${tool}: ${whatItSaid(run)}`, { vendor })
}

export const isAbsent = (run: ProbeRun | undefined): boolean => run === undefined || (run.outcome === 'not-started' && run.startError === 'ENOENT')

/** Everything a run wrote, failures come on either stream. */
export const saidBy = (run: ProbeRun | undefined): string => run === undefined ? '' : `${run.stdout}\n${run.stderr}`

const ENOUGH = 600

function whatItSaid ({ outcome, startError, status, stderr, stdout }: ProbeRun): string {
  if (outcome === 'not-started') return startError ?? 'not started'
  if (outcome === 'too-much-output') return 'too much output'
  const said = [stderr, stdout].map((text) => text.trim()).find((text) => text !== '')
  return said === undefined ? `exit ${status ?? 'by signal'}` : said.slice(0, ENOUGH)
}
