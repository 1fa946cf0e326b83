import type { Probe } from '../evidence.ts'

const smi = {
  vendor: 'nvidia' as const,
  tool: 'nvidia-smi',
  systems: ['linux', 'win32'] as const,
  wakes: '10de',
  placesFirst: {
    // Under WSL a Linux package's nvidia-smi on PATH cannot reach the Windows driver, and ssh sessions lack this folder.
    linux: ['/usr/lib/wsl/lib'],
    win32: ['%SystemRoot%\\System32']
  },
  places: {
    linux: ['/usr/bin', '/usr/local/bin', '/usr/local/nvidia/bin', '/run/opengl-driver/bin', '/run/current-system/sw/bin'],
    win32: ['%SystemRoot%\\System32\\DriverStore\\FileRepository\\nv*', '%ProgramFiles%\\NVIDIA Corporation\\NVSMI']
  }
}

/** Everything about every card. */
export const REPORT = 'nvidia-smi -q -x'
/** What the report lacks. */
export const COMPUTE_CAPABILITIES = 'nvidia-smi --query-gpu=uuid,compute_cap'
/** The profiles and UUIDs of MIG devices. */
export const LIST = 'nvidia-smi -L'
export const TOPOLOGY = 'nvidia-smi topo -m'

/** The report first. Each of the others only when the report shows something to ask about. */
export const NVIDIA_PROBES: readonly Probe[] = [
  { ...smi, name: REPORT, args: ['-q', '-x'], timeoutMs: 15_000 },
  { ...smi, name: COMPUTE_CAPABILITIES, args: ['--query-gpu=uuid,compute_cap', '--format=csv,noheader,nounits'], timeoutMs: 10_000, after: { probe: REPORT, matching: '</gpu>' } },
  { ...smi, name: LIST, args: ['-L'], timeoutMs: 10_000, after: { probe: REPORT, matching: '<mig_device>' } },
  { ...smi, name: TOPOLOGY, args: ['topo', '-m'], timeoutMs: 10_000, after: { probe: REPORT, matching: '<attached_gpus>([2-9]|[1-9][0-9])' } }
]
