import type { Probe } from '../evidence.ts'
import { AMD_SMI_MEMORY, AMD_SMI_STATIC } from './amdSmi.ts'

export const ROCM_SMI = 'rocm-smi --showproductname --showmeminfo vram --showid --showbus --json'

const tool = {
  vendor: 'amd' as const,
  systems: ['linux'] as const,
  wakes: '1002',
  timeoutMs: 15_000,
  places: { linux: ['/opt/rocm/bin', '/opt/rocm-*/bin', '/usr/bin', '/usr/local/bin'] }
}

const argumentsOf = (command: string): readonly string[] => command.split(' ').slice(1)

/** Both tools are Python programs that start slowly and change with every release; most of what is shown comes from sysfs. */
export const AMD_PROBES: readonly Probe[] = [
  { ...tool, name: AMD_SMI_STATIC, tool: 'amd-smi', args: argumentsOf(AMD_SMI_STATIC) },
  { ...tool, name: AMD_SMI_MEMORY, tool: 'amd-smi', args: argumentsOf(AMD_SMI_MEMORY), after: { probe: AMD_SMI_STATIC, matching: '"gpu"' } },
  { ...tool, name: ROCM_SMI, tool: 'rocm-smi', args: argumentsOf(ROCM_SMI) }
]
