import type { Detection, Finding } from '#shared/contract/index.ts'
import { detect } from '../detect.ts'
import type { Evidence } from '../evidence.ts'
import { finding } from '../finding.ts'
import { GENERAL_PROBES, VENDOR_SUPPORT } from '../vendors.ts'
import { collectRemote } from './collectRemote.ts'
import { shareConnections, type ConnectionSharing } from './connectionSharing.ts'
import { findSsh } from './findSsh.ts'
import { oneAtATime } from './oneAtATime.ts'
import type { Sharing } from './sshArguments.ts'
import type { Collection } from './shellScript.ts'

export interface RemoteLook {
  readonly detection: Detection
  /** What the detection was read from; null when the machine was not reached. */
  readonly evidence: Evidence | null
}

/** The way to a host for something that stays connected: a turn at connecting, and how. */
export interface Connection {
  readonly ssh: string
  readonly sharing: Sharing
  /** Lets the next attempt at this host begin; says whether this one came through. */
  readonly connected: (success: boolean) => void
}

/** The machines that are reached over ssh. */
export interface RemoteMachines {
  /**
   * Looks at a host, or passes on a reading of the last seconds. One that cannot be reached is answered without devices, with
   * the reason as a finding. `refresh` does not wait for the end of a pause between attempts.
   */
  readonly look: (host: string, refresh: boolean) => Promise<RemoteLook>
  /** Waits for this host's turn; null where there is no ssh. */
  readonly connect: (host: string) => Promise<Connection | null>
  /** Ends the shared connections. */
  readonly close: () => void
}

export interface RemoteMachinesOptions {
  readonly env?: NodeJS.ProcessEnv
  readonly collection?: Collection
  readonly timeoutMs?: number
  /** Path of the ssh program, null for none; looked for when left out. */
  readonly ssh?: string | null
  /** Milliseconds of a clock that never goes back. */
  readonly now?: () => number
}

/** How long a reading is passed on without looking again. */
const FRESH_MS = 5000
/** Between attempts at a host that fails: doubled each time. Servers lock out whoever knocks too often. */
const PAUSE_MS = { first: 5000, longest: 5 * 60_000 }

interface Host {
  readonly inTurn: ReturnType<typeof oneAtATime>
  running: Promise<RemoteLook> | null
  last: { readonly look: RemoteLook, readonly at: number, readonly failed: boolean } | null
  failures: number
  sharingFails: boolean
}

/** Keeps, for each host, at most one attempt at a time, and the pause after failures. */
export function remoteMachines ({ env = process.env, collection = { supports: VENDOR_SUPPORT, general: GENERAL_PROBES }, timeoutMs, ssh: given, now = () => performance.now() }: RemoteMachinesOptions = {}): RemoteMachines {
  const hosts = new Map<string, Host>()
  const stop = new AbortController()
  let ssh: string | null = null
  let shared: ConnectionSharing | null = null

  const hostOf = (name: string): Host => {
    const known = hosts.get(name) ?? { inTurn: oneAtATime(), running: null, last: null, failures: 0, sharingFails: false }
    hosts.set(name, known)
    return known
  }
  const client = (host: Host): { ssh: string, sharing: Sharing } | null => {
    ssh ??= given === undefined ? findSsh(env) : given
    if (ssh === null || stop.signal.aborted) return null
    shared ??= shareConnections(ssh, env)
    return { ssh, sharing: host.sharingFails ? null : shared.sharing }
  }
  const pauseOf = ({ failures }: Host): number => Math.min(PAUSE_MS.longest, PAUSE_MS.first * 2 ** (failures - 1))

  const lookNow = async (name: string, host: Host): Promise<RemoteLook> => {
    const way = client(host)
    const collected = way === null
      ? { evidence: null, findings: [finding('ssh-missing')] }
      : await host.inTurn(() => collectRemote(name, collection, { ...way, env, signal: stop.signal, ...timeoutMs === undefined ? {} : { timeoutMs } }))
    if (collected.findings.some(({ code }) => code === 'ssh-mux')) host.sharingFails = true
    const look = collected.evidence === null
      ? { evidence: null, detection: unreached(name, collected.findings) }
      : { evidence: collected.evidence, detection: reached(collected.evidence, collected.findings, collection) }
    const failed = collected.evidence === null
    host.failures = failed ? host.failures + 1 : 0
    host.last = { look, at: now(), failed }
    return look
  }

  return {
    look: async (name, refresh) => {
      const host = hostOf(name)
      if (host.running) return host.running
      if (host.last) {
        const age = now() - host.last.at
        const wait = host.last.failed ? (refresh ? PAUSE_MS.first : pauseOf(host)) : (refresh ? 0 : FRESH_MS)
        if (age < wait) return host.last.look
      }
      host.running = lookNow(name, host).finally(() => { host.running = null })
      return host.running
    },
    connect: async (name) => {
      const host = hostOf(name)
      const way = client(host)
      if (way === null) return null
      const { promise: over, resolve } = Promise.withResolvers<void>()
      await new Promise<void>((begin) => { void host.inTurn(() => { begin(); return over }) })
      return {
        ...way,
        connected: (success) => {
          if (!success) host.failures++
          resolve()
        }
      }
    },
    close: () => {
      stop.abort()
      shared?.close()
    }
  }
}

function reached (evidence: Evidence, findings: readonly Finding[], { supports }: Collection): Detection {
  const detection = detect(evidence, supports, new Date(), findings)
  if (detection.gpus.length > 0 || !evidence.host.environment.includes('login-node')) return detection
  return { ...detection, findings: [finding('login-node', evidence.host.name), ...detection.findings] }
}

function unreached (name: string, findings: readonly Finding[]): Detection {
  return {
    gpus: [],
    findings: [...findings],
    driverVersion: null,
    cudaVersion: null,
    topology: null,
    host: { name, platform: '', ramTotalBytes: 0, ramFreeBytes: 0, cpuCount: 0, disk: null, environment: [] },
    probes: [],
    at: new Date().toISOString()
  }
}
