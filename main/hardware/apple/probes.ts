import type { Probe } from '../evidence.ts'

/* macOS tells the size of the machine's memory and the name of its GPU; how much of the memory the GPU may use only Metal knows. */

export const SYSCTL = 'sysctl hw.memsize hw.optional.arm64 machdep.cpu.brand_string iogpu.wired_limit_mb'
export const DISPLAYS = 'system_profiler SPDisplaysDataType -json'
export const VM_STAT = 'vm_stat'

const macos = { vendor: 'apple' as const, systems: ['darwin'] as const }

export const APPLE_PROBES: readonly Probe[] = [
  { ...macos, name: SYSCTL, tool: 'sysctl', args: SYSCTL.split(' ').slice(1), timeoutMs: 5000, places: { darwin: ['/usr/sbin'] } },
  { ...macos, name: VM_STAT, tool: 'vm_stat', args: [], timeoutMs: 5000, places: { darwin: ['/usr/bin'] } },
  { ...macos, name: DISPLAYS, tool: 'system_profiler', args: ['SPDisplaysDataType', '-json'], timeoutMs: 20_000, places: { darwin: ['/usr/sbin'] } }
]
