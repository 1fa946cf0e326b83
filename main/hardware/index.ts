import os from 'node:os'
import type { DetectedGpu, Detection } from '#shared/contract/index.ts'
import { matchGpu } from '#shared/catalog/index.ts'
import { bytes } from '#shared/units/index.ts'
import { findTool } from './findTool.ts'
import { finding } from './nvidia/failures.ts'
import { interpret, type NvidiaReading } from './nvidia/interpret.ts'
import { smiLocations } from './nvidia/locations.ts'
import type { ReportedGpu } from './nvidia/readReport.ts'
import { runTool, type ToolRun } from './runTool.ts'

export interface DetectOptions {
  /** How long nvidia-smi may take, in milliseconds; 15 s by default, since waking cards without persistence is slow. */
  readonly timeoutMs?: number
  readonly env?: NodeJS.ProcessEnv
  /** Absolute path of nvidia-smi, instead of looking for it. */
  readonly tool?: string
  /** Look only along PATH, not in the known locations. */
  readonly pathOnly?: boolean
}

const TIMEOUT_MS = 15_000

/** The run that outlived its kill, if any: a second one beside it would hang too. */
let stuck: ToolRun | null = null

/**
 * Looks at this machine's GPUs (NVIDIA, through `nvidia-smi -q -x`). Never rejects: what goes wrong becomes a finding, and a
 * machine without a GPU is a normal answer.
 */
export async function detectHardware (options: DetectOptions = {}): Promise<Detection> {
  const { gpus, findings, driverVersion, cudaVersion } = await readNvidia(options)
  return { gpus: gpus.map(withCatalog), findings: [...findings], driverVersion, cudaVersion, host: hostFacts(), at: new Date().toISOString() }
}

async function readNvidia ({ timeoutMs = TIMEOUT_MS, env = process.env, tool, pathOnly = false }: DetectOptions): Promise<NvidiaReading> {
  const nothing = { gpus: [], driverVersion: null, cudaVersion: null }
  if (stuck?.isAlive()) return { ...nothing, findings: [finding('timed-out', `nvidia-smi, pid ${stuck.pid}`)] }
  stuck = null
  const file = tool ?? findTool({ name: 'nvidia-smi', env, ...pathOnly ? {} : smiLocations(process.platform, env) })
  if (file === null) return { ...nothing, findings: [finding('no-nvidia-smi')] }
  const run = await runTool(file, ['-q', '-x'], { timeoutMs, env })
  if (run.outcome === 'timed-out') stuck = run
  return interpret(run)
}

function withCatalog ({ computeMode: _, ...gpu }: ReportedGpu): DetectedGpu {
  const match = matchGpu(gpu.name, gpu.memory.totalBytes === null ? null : bytes(gpu.memory.totalBytes))
  return { ...gpu, catalogId: match?.id ?? null, computeCapability: match?.computeCapability ?? null }
}

/** In a container the limits are the container's. */
function hostFacts (): Detection['host'] {
  const limit = process.constrainedMemory()
  const total = os.totalmem()
  const limited = limit > 0 && limit < total
  return {
    name: os.hostname(),
    platform: `${os.platform()} ${os.release()}`,
    ramTotalBytes: limited ? limit : total,
    ramFreeBytes: limited ? Math.min(os.freemem(), process.availableMemory()) : os.freemem(),
    cpuCount: os.availableParallelism()
  }
}
