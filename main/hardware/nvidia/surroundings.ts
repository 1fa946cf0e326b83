import type { DetectedGpu, Finding, GpuMemory } from '#shared/contract/index.ts'
import { GIB, KIB, MIB } from '#shared/units/index.ts'
import type { Evidence } from '../evidence.ts'
import { finding } from '../finding.ts'
import { meminfo } from '../hostFacts.ts'

/* What the machine around the cards changes about their figures: shared memory, WSL, containers, limits set on a container. */

export const VARIABLES = ['CUDA_VISIBLE_DEVICES', 'NVIDIA_VISIBLE_DEVICES', 'LD_PRELOAD', 'CUDA_DEVICE_MEMORY_LIMIT', ...Array.from({ length: 16 }, (_, i) => `CUDA_DEVICE_MEMORY_LIMIT_${i}`)]
export const PRELOAD_FILE = '/etc/ld.so.preload'

/** The cards as this machine lets them be used. */
export function inSurroundings (gpus: readonly DetectedGpu[], evidence: Evidence): { gpus: DetectedGpu[], findings: Finding[] } {
  const { environment } = evidence.host
  const findings: Finding[] = []
  const adjusted = gpus.map((gpu) => {
    const memory = limited(shared(gpu, evidence), gpu, evidence)
    if (memory.limit !== null) findings.push(finding('shared-limit', `GPU ${gpu.index}: ${Math.round(memory.limit / MIB)} MiB`, { vendor: 'nvidia', deviceKey: gpu.key }))
    return {
      ...gpu,
      ...memory.figures,
      // Under WSL the cards belong to Windows, whatever the Linux side prints.
      driverModel: gpu.driverModel ?? (environment.includes('wsl') ? 'WDDM' : null),
      // The driver knows no containers: an empty list there means that the processes are hidden.
      processes: gpu.processes?.length === 0 && environment.length > 0 ? null : gpu.processes
    }
  })
  return { gpus: adjusted, findings: [...findings, ...unknownLimit(findings, evidence), ...hidden(gpus, evidence)] }
}

type Figures = Pick<DetectedGpu, 'memory' | 'memorySource'>

/**
 * A card that shares the machine's memory and names none of its own, or all of it: the pool is the machine's memory, in use is
 * what processes hold of it on the card, free is what the system can still give.
 */
function shared (gpu: DetectedGpu, { files }: Evidence): Figures {
  const total = meminfo(files, 'MemTotal')
  const own = gpu.memory.totalBytes
  if (!gpu.unifiedMemory || total === null || (own !== null && own < 0.9 * total)) return gpu
  const held = gpu.processes?.map((process) => process.usedBytes) ?? [null]
  const usedBytes = held.every((bytes) => bytes !== null) ? held.reduce((sum, bytes) => sum + bytes, 0) : null
  const memory: GpuMemory = { totalBytes: total, reservedBytes: null, usedBytes, freeBytes: meminfo(files, 'MemAvailable') }
  return { memory, memorySource: 'meminfo' }
}

/** HAMi and the like clamp what CUDA may take in a container; which figures of nvidia-smi they clamp differs, so the smaller one counts. */
function limited ({ memory, memorySource }: Figures, gpu: DetectedGpu, { variables }: Evidence): { figures: Figures, limit: number | null } {
  const limit = limitSize(variables.get(`CUDA_DEVICE_MEMORY_LIMIT_${gpu.index}`) ?? variables.get('CUDA_DEVICE_MEMORY_LIMIT'))
  const total = memory.totalBytes
  if (limit === null) return { figures: { memory, memorySource }, limit }
  if (total === null || total <= limit) return { figures: { memory, memorySource }, limit: total }
  const least = (bytes: number | null, most: number): number | null => bytes === null ? null : Math.max(0, Math.min(bytes, most))
  return {
    figures: { memory: { totalBytes: limit, reservedBytes: null, usedBytes: null, freeBytes: least(memory.freeBytes, limit) }, memorySource },
    limit
  }
}

/** `4000m`, `10g`, `1024k`, or bytes. */
function limitSize (text: string | undefined): number | null {
  const match = /^(\d{1,15})([kmg]?)b?$/i.exec(text?.trim() ?? '')
  if (match === null) return null
  const bytes = Number(match[1]) * ({ '': 1, k: KIB, m: MIB, g: GIB }[match[2]!.toLowerCase()] ?? 1)
  return bytes > 0 ? bytes : null
}

/** The limiting library is there, but not its limit. */
function unknownLimit (told: readonly Finding[], { variables, files }: Evidence): Finding[] {
  const preloaded = `${variables.get('LD_PRELOAD') ?? ''} ${files.get(PRELOAD_FILE) ?? ''}`
  return told.length === 0 && /\blibvgpu\.so\b/.test(preloaded) ? [finding('shared-limit', 'libvgpu.so', { vendor: 'nvidia' })] : []
}

/** CUDA_VISIBLE_DEVICES names fewer cards than the tool lists; the tool itself pays no heed to it. */
function hidden (gpus: readonly DetectedGpu[], { variables }: Evidence): Finding[] {
  const value = variables.get('CUDA_VISIBLE_DEVICES')
  if (value === undefined || gpus.length === 0) return []
  // The list ends at the first entry that names no card.
  const entries = value.split(',').map((entry) => entry.trim())
  const end = entries.findIndex((entry) => !isVisible(entry, gpus))
  const visible = new Set(end < 0 ? entries : entries.slice(0, end))
  return visible.size >= gpus.length ? [] : [finding('hidden-devices', `CUDA_VISIBLE_DEVICES=${value}`, { vendor: 'nvidia' })]
}

function isVisible (entry: string, gpus: readonly DetectedGpu[]): boolean {
  if (/^\d+$/.test(entry)) return Number(entry) < gpus.length
  if (/^MIG-/.test(entry)) return true
  return /^GPU-./.test(entry) && gpus.some((gpu) => gpu.uuid?.startsWith(entry))
}
