import type { DetectedGpu, HostFacts } from '#shared/contract/index.ts'
import { memoryBytes, mibBytes, wholeNumber } from '../reading/figures.ts'
import { matchLines } from '../reading/lines.ts'

/**
 * The lowest share of the machine's memory that Metal was seen to recommend: 10.67 of 16 GiB (exo-explore/exo pull request
 * 1672); others had 0.74 and 0.84. The share is no constant, and macOS tells it to Metal programs only.
 */
export const LOWEST_SHARE = 0.67

/** `key: value` lines of sysctl. */
export const readSysctl = (text: string): ReadonlyMap<string, string> =>
  new Map(matchLines(text, /^([\w.]+)\s*[:=]\s*(\S.*)$/).map(([key, value]) => [key!, value!.trim()]))

export interface UsableMemory {
  readonly memory: DetectedGpu['memory']
  readonly source: string | null
  /** Whether the share was assumed. */
  readonly estimated: boolean
}

/** What the GPU may use: the limit that the user set, else a cautious share of the machine's memory. */
export function usableMemory (sysctl: ReadonlyMap<string, string>, host: HostFacts, availableBytes: number | null): UsableMemory {
  const ram = memoryBytes(wholeNumber(sysctl.get('hw.memsize'))) ?? (host.ramTotalBytes > 0 ? host.ramTotalBytes : null)
  const limit = mibBytes(wholeNumber(sysctl.get('iogpu.wired_limit_mb')))
  const isSet = limit !== null && limit > 0 && ram !== null
  const totalBytes = isSet ? Math.min(limit, ram) : ram === null ? null : Math.floor(ram * LOWEST_SHARE)
  const available = availableBytes ?? (host.ramTotalBytes > 0 ? host.ramFreeBytes : null)
  return {
    memory: { totalBytes, reservedBytes: null, usedBytes: null, freeBytes: totalBytes === null || available === null ? null : Math.min(totalBytes, available) },
    source: totalBytes === null ? null : isSet ? 'iogpu.wired_limit_mb' : 'estimate',
    estimated: !isSet && totalBytes !== null
  }
}

/** Bytes that a new program can have at once, from vm_stat: free, inactive, speculative and purgeable pages. */
export function availableMemory (text: string): number | null {
  const page = wholeNumber(matchLines(text, /page size of (\d{3,6}) bytes/)[0]?.[0])
  const pages = (what: string): number | null => wholeNumber(matchLines(text, new RegExp(`^Pages ${what}:\\s+(\\d{1,12})\\.?\\s*$`))[0]?.[0])
  const free = pages('free')
  if (page === null || free === null) return null
  return memoryBytes(page * (free + (pages('inactive') ?? 0) + (pages('speculative') ?? 0) + (pages('purgeable') ?? 0)))
}
