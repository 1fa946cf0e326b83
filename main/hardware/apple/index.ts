import type { DetectedGpu, DeviceSample } from '#shared/contract/index.ts'
import { matchGpu } from '#shared/catalog/index.ts'
import { bytes } from '#shared/units/index.ts'
import type { Evidence, VendorReading, VendorSupport } from '../evidence.ts'
import { finding } from '../finding.ts'
import { device } from '../reading/device.ts'
import { saidBy, toolFailure } from '../reading/toolFailure.ts'
import { readDisplays } from './displays.ts'
import { availableMemory, readSysctl, usableMemory } from './memory.ts'
import { APPLE_PROBES, DISPLAYS, SYSCTL, VM_STAT } from './probes.ts'

const VENDOR = { vendor: 'apple' } as const

/** Apple's chips, through sysctl and system_profiler. */
export const apple: VendorSupport = { vendor: 'apple', probes: APPLE_PROBES, files: [], read: readApple }

/** What the live monitor runs again to know what is free. */
export const APPLE_LIVE_PROBE = VM_STAT

function readApple (evidence: Evidence): VendorReading {
  if (evidence.system !== 'darwin') return { gpus: [], findings: [], seen: false }
  const { runs, host } = evidence
  const sysctl = readSysctl(saidBy(runs.get(SYSCTL)))
  const displays = readDisplays(runs.get(DISPLAYS)?.stdout ?? '')
  const processor = sysctl.get('machdep.cpu.brand_string') ?? ''
  const listed = displays?.find((gpu) => gpu.isApple)
  // A slow or broken system_profiler costs the number of cores only.
  const name = listed?.name ?? (/^Apple M\d/.test(processor) ? processor : null)
  if (name === null) {
    const failure = toolFailure(runs.get(DISPLAYS), 'system_profiler', 'apple', displays !== null)
    const foreign = displays?.map((gpu) => gpu.name).join(', ') ?? (/intel/i.test(processor) ? processor : '')
    return { gpus: [], findings: foreign !== '' ? [finding('apple-intel-mac', foreign, VENDOR)] : failure === null ? [] : [failure], seen: foreign !== '' || failure !== null }
  }
  const { memory, source, estimated } = usableMemory(sysctl, host, availableMemory(runs.get(VM_STAT)?.stdout ?? ''))
  const ram = Number(sysctl.get('hw.memsize') ?? host.ramTotalBytes)
  const gpu = device('apple', 0, name, {
    kind: 'unified',
    catalogId: (matchGpu(name, ram > 0 ? bytes(ram) : null) ?? matchGpu(name, null))?.id ?? null,
    memory,
    memorySource: source,
    unifiedMemory: true,
    displayActive: true
  })
  const about = { ...VENDOR, deviceKey: gpu.key }
  const told = memory.totalBytes === null ? finding('incomplete-device', name, about) : estimated ? finding('apple-estimated', null, about) : finding('unified-memory', name, about)
  return { gpus: [gpu], findings: [told], seen: true }
}

/** The present figures of Apple's GPU from the output of `vm_stat`: what is left to a new program, of what the GPU may use. */
export function sampleOf (vmStat: string, gpus: readonly DetectedGpu[]): DeviceSample[] {
  const available = availableMemory(vmStat)
  return gpus.filter((gpu) => gpu.vendor === 'apple').map(({ key, memory: { totalBytes } }) => ({
    key, usedBytes: null, freeBytes: available === null || totalBytes === null ? null : Math.min(totalBytes, available), totalBytes, utilization: null, temperatureC: null, powerWatts: null
  }))
}
