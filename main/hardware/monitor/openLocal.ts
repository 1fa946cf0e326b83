import type { DetectedGpu, ProcessSample } from '#shared/contract/index.ts'
import { collectLocal, systemOf } from '../local/collect.ts'
import { toolPath } from '../local/toolPath.ts'
import { NVIDIA_PROBES } from '../nvidia/probes.ts'
import { VENDOR_SUPPORT } from '../vendors.ts'
import { drmProcesses } from './drmProcesses.ts'
import { filesFor, fileSource } from './fileSource.ts'
import { nvidiaSource, type Manners } from './nvidiaSource.ts'
import { probeSource } from './probeSource.ts'
import { SLOW_EVERY_MS } from './queries.ts'
import { isProbed, together } from './sources.ts'
import type { OpenSource, Source, SourceOptions } from './source.ts'

export interface LocalOptions {
  readonly env?: NodeJS.ProcessEnv
  /** Look for nvidia-smi only along PATH. */
  readonly pathOnly?: boolean
  /** Where system files are read; a fake root in tests. */
  readonly root?: string
}

/** Everything of this machine that can be sampled: NVIDIA's tool, the kernel's files, other vendors' tools. */
export function openLocal ({ env = process.env, pathOnly = false, root = '/' }: LocalOptions = {}): OpenSource {
  const manners: Manners = { unknown: new Set(), keepsLines: false }
  return (options) => {
    const { gpus } = options.detection
    const system = systemOf(process.platform)
    const tool = gpus.some(({ vendor }) => vendor === 'nvidia') ? toolPath(NVIDIA_PROBES[0]!, system, env, pathOnly) : null
    return together(options, [
      ...tool === null ? [] : [(own: SourceOptions) => nvidiaSource({ ...own, tool, env, manners })],
      ...filesFor(gpus).length === 0 || system !== 'linux' ? [] : [(own: SourceOptions) => fileSource({ ...own, root })],
      ...gpus.some(({ vendor }) => vendor === 'amd') && system === 'linux' ? [(own: SourceOptions) => amdProcessSource(own)] : [],
      ...probedVendors(gpus).length === 0 ? [] : [(own: SourceOptions) => probeSource({ ...own, detectAgain: () => detectAgain(gpus, env) })]
    ])
  }
}

const probedVendors = (gpus: readonly DetectedGpu[]): string[] => [...new Set(gpus.filter((gpu) => isProbed(gpu, systemOf(process.platform))).map(({ vendor }) => vendor))]

async function detectAgain (gpus: readonly DetectedGpu[], env: NodeJS.ProcessEnv): Promise<DetectedGpu[]> {
  const vendors = probedVendors(gpus)
  const supports = VENDOR_SUPPORT.filter(({ vendor }) => vendors.includes(vendor))
  const evidence = await collectLocal(supports, [], { env })
  return supports.flatMap(({ read }) => [...read(evidence).gpus])
}

/** Who holds AMD's memory; the kernel tells it of one's own processes only, unless one is root. */
function amdProcessSource ({ detection, board, intervalMs }: SourceOptions): Source {
  let isOver = false
  let timer: NodeJS.Timeout | null = null
  const look = drmProcesses(detection.gpus)
  const tick = async (): Promise<void> => {
    const found: ProcessSample[] = await look()
    if (isOver) return
    board.amdProcesses(found)
    timer = setTimeout(() => { void tick() }, Math.max(SLOW_EVERY_MS, intervalMs))
  }
  void tick()
  return {
    intervalMs: () => intervalMs,
    stop: () => {
      isOver = true
      if (timer !== null) clearTimeout(timer)
    },
    isGone: () => true
  }
}
