import type { HostFacts } from '#shared/contract/index.ts'
import type { Evidence, OperatingSystem, Probe, ProbeRun } from '../evidence.ts'
import { environmentOf, linuxMemory } from '../hostFacts.ts'
import { HUNG } from './marker.ts'
import { KEPT_BYTES } from './shellFunctions.ts'
import { sections, type Section } from './sections.ts'

export interface RemoteAnswer {
  readonly text: string
  /** Why the answer ends: with the command, or cut off by us. */
  readonly outcome: 'exited' | 'timed-out' | 'too-much-output'
  /** When a character of the answer arrived, in milliseconds since the command began. */
  readonly timeAt: (index: number) => number
}

export interface Read {
  readonly evidence: Evidence
  /** False when the answer ends before the script did. */
  readonly complete: boolean
}

const SYSTEMS: Readonly<Record<string, OperatingSystem>> = { Linux: 'linux', Darwin: 'darwin', Windows: 'win32' }

/** The evidence in a remote answer; null when the script has not begun: no shell ran it. `probes` in the script's order. */
export function readAnswer (answer: RemoteAnswer, probes: readonly Probe[], host: string): Read | null {
  const parts = sections(answer.text)
  if (!parts.some(({ kind }) => kind === 'begin')) return null
  const textOf = (fact: string): string => parts.find(({ kind, argument }) => kind === 'fact' && argument === fact)?.text.trim() ?? ''
  const named = (wanted: string): Map<string, string> => new Map(parts.filter(({ kind }) => kind === wanted).map(({ argument, text }) => [argument, text]))
  const system = SYSTEMS[textOf('system')] ?? 'other'
  const files = named('file')
  const variables = new Map([...named('variable')].map(([name, text]) => [name, text.trim()]))
  return {
    evidence: { system, host: hostFacts(host, system, textOf, files, variables), runs: readRuns(parts, answer, probes), files, variables },
    complete: parts.some(({ kind }) => kind === 'end')
  }
}

function readRuns (parts: readonly Section[], answer: RemoteAnswer, probes: readonly Probe[]): Map<string, ProbeRun> {
  const runs = new Map<string, ProbeRun>()
  for (const [i, part] of parts.entries()) {
    const [index, ...rest] = part.argument.split(' ')
    const probe = /^\d{1,4}$/.test(index ?? '') ? probes[Number(index)] : undefined
    if (probe === undefined) continue
    if (part.kind === 'absent') runs.set(probe.name, { outcome: 'not-started', status: null, stdout: '', stderr: '', startError: 'ENOENT', path: null, milliseconds: 0 })
    if (part.kind === 'run') runs.set(probe.name, readRun(part, parts[i + 1], rest.join(' '), answer))
  }
  return runs
}

/** A run whose status never came was the one that the answer was cut off in. A character takes up to four bytes. */
function readRun (part: Section, next: Section | undefined, path: string, answer: RemoteAnswer): ProbeRun {
  const milliseconds = Math.max(0, Math.round(answer.timeAt(part.to) - answer.timeAt(part.from)))
  const base = { stdout: part.text, startError: null, path: path === '' ? null : path, milliseconds }
  if (next?.kind !== 'status') return { ...base, outcome: part.text.length >= KEPT_BYTES / 4 ? 'too-much-output' : answer.outcome, status: null, stderr: '' }
  const status = /^\d{1,10}$/.test(next.argument) ? Number(next.argument) : null
  const hung = next.text.includes(HUNG)
  return { ...base, outcome: hung ? 'timed-out' : 'exited', status: hung ? null : status, stderr: next.text.replace(HUNG, '') }
}

type TextOf = (fact: string) => string

function hostFacts (host: string, system: OperatingSystem, textOf: TextOf, files: ReadonlyMap<string, string>, variables: ReadonlyMap<string, string>): HostFacts {
  const platform = { linux: 'linux', darwin: 'darwin', win32: 'win32', other: textOf('system') }[system]
  return {
    name: textOf('name') || host,
    platform: `${platform} ${textOf('release')}`.trim(),
    ...memory(system, textOf, files),
    cpuCount: wholeNumber(textOf('processors')) ?? 0,
    disk: readDisk(textOf('disk')),
    environment: [...environmentOf(files, variables), ...textOf('scheduler') === '' ? [] : ['login-node' as const]]
  }
}

function memory (system: OperatingSystem, textOf: TextOf, files: ReadonlyMap<string, string>): Pick<HostFacts, 'ramTotalBytes' | 'ramFreeBytes'> {
  if (system === 'linux') return linuxMemory(files) ?? { ramTotalBytes: 0, ramFreeBytes: 0 }
  const total = wholeNumber(textOf('memory')) ?? 0
  const free = system === 'darwin' ? freePages(textOf('pages')) : wholeNumber(textOf('free'))
  return { ramTotalBytes: total, ramFreeBytes: Math.min(total, free ?? 0) }
}

/** What macOS gives a new process without taking it from another: free pages and those that it can drop. */
function freePages (text: string): number | null {
  const size = /page size of (\d{4,6}) bytes/.exec(text)?.[1]
  if (size === undefined) return null
  const pages = (name: string): number => Number(new RegExp(`^Pages ${name}:\\s+(\\d{1,12})\\.`, 'm').exec(text)?.[1] ?? 0)
  return Number(size) * (pages('free') + pages('inactive') + pages('speculative') + pages('purgeable'))
}

/** The last line of `df -Pk`: blocks of 1 KiB, and where the file system is mounted. */
function readDisk (text: string): HostFacts['disk'] {
  const match = /\s(\d{1,15})\s+\d+\s+(\d{1,15})\s+\S+\s+(\/.*|[A-Z]:.*)$/.exec(text.split('\n').at(-1) ?? '')
  return match === null ? null : { path: match[3]!, totalBytes: Number(match[1]) * 1024, freeBytes: Number(match[2]) * 1024 }
}

const wholeNumber = (text: string): number | null => /^\d{1,18}$/.test(text) ? Number(text) : null
