import type { Evidence, OperatingSystem, Probe, ProbeRun, VendorSupport } from '../evidence.ts'
import { HOST_FILES, HOST_VARIABLES } from '../hostFacts.ts'
import { PCI_FILES } from '../pciDevices.ts'
import { runTool, type ToolRun } from '../runTool.ts'
import { shouldRun } from '../shouldRun.ts'
import { localHostFacts } from './hostFacts.ts'
import { readFiles } from './readFiles.ts'
import { toolPath } from './toolPath.ts'

export interface CollectOptions {
  readonly env?: NodeJS.ProcessEnv
  /** Look for tools only along PATH, not in their known places. */
  readonly pathOnly?: boolean
  /** Instead of each probe's own time-out, in milliseconds. */
  readonly timeoutMs?: number
  /** Where system files are read; a fake root in tests. */
  readonly root?: string
  readonly system?: OperatingSystem
}

/** Runs that outlived their kill, by list of probes: one stuck in a hung driver survives it, and the next would hang beside it. */
export type StuckRuns = Map<string, ToolRun>

const stuckHere: StuckRuns = new Map()

/** What can be found out about this machine without any vendor's library: their tools' output and small system files. Never rejects. */
export async function collectLocal (supports: readonly VendorSupport[], general: readonly Probe[], options: CollectOptions = {}, stuck: StuckRuns = stuckHere): Promise<Evidence> {
  const { env = process.env, root = '/', system = systemOf(process.platform) } = options
  const files = system === 'linux' ? await readFiles([...HOST_FILES, ...PCI_FILES, ...supports.flatMap((support) => support.files)], { root }) : new Map<string, string>()
  const runs = new Map<string, ProbeRun>()
  const lists: readonly (readonly [string, readonly Probe[]])[] = [['general', general], ...supports.map((support) => [support.vendor, support.probes] as const)]
  const [host] = await Promise.all([
    localHostFacts(files, env),
    ...lists.map(async ([name, probes]) => {
      for (const probe of probes) {
        if (!shouldRun(probe, system, files, runs)) continue
        const run = await runProbe(name, probe, system, { ...options, env }, stuck)
        runs.set(probe.name, run)
        if (run.outcome === 'timed-out') break
      }
    })
  ])
  const variables = new Map([...HOST_VARIABLES, ...supports.flatMap((support) => support.variables ?? [])].flatMap((name) => {
    const value = env[name]
    return value === undefined ? [] : [[name, value] as const]
  }))
  return { system, host, runs, files, variables }
}

async function runProbe (list: string, probe: Probe, system: OperatingSystem, { env, pathOnly, timeoutMs }: CollectOptions & { readonly env: NodeJS.ProcessEnv }, stuck: StuckRuns): Promise<ProbeRun> {
  const from = performance.now()
  const nothing = { status: null, stdout: '', stderr: '', startError: null }
  const file = toolPath(probe, system, env, pathOnly)
  const told = (run: Pick<ToolRun, 'outcome' | 'status' | 'stdout' | 'stderr' | 'startError'>): ProbeRun => {
    const { outcome, status, stdout, stderr, startError } = run
    return { outcome, status, stdout, stderr, startError, path: file, milliseconds: Math.round(performance.now() - from) }
  }
  if (file === null) return told({ ...nothing, outcome: 'not-started', startError: 'ENOENT' })
  const earlier = stuck.get(list)
  if (earlier?.isAlive()) return told({ ...nothing, outcome: 'timed-out', stderr: `${probe.tool}, pid ${earlier.pid}` })
  stuck.delete(list)
  const run = await runTool(file, probe.args, { timeoutMs: timeoutMs ?? probe.timeoutMs, env })
  if (run.outcome === 'timed-out' && run.isAlive()) stuck.set(list, run)
  return told(run)
}

export const systemOf = (platform: NodeJS.Platform): OperatingSystem => platform === 'linux' || platform === 'darwin' || platform === 'win32' ? platform : 'other'
