import type { Probe } from '../evidence.ts'

/** Kunlunxin's tool has this name too; its banner and columns tell it apart. */
export const KUNLUNXIN_BANNER = /XPU-RT Version|\|\s*XPU\s+Name/

export const XPU_SMI_LIST = 'xpu-smi discovery -j'
export const XPU_SMI_TABLE = 'xpu-smi'
/** Device id, name, bus id and memory of every device, as CSV. */
export const XPU_SMI_DUMP = 'xpu-smi discovery --dump 1,2,11,16'

/** As many as one machine holds. */
const MOST_DEVICES = 16

export const detailName = (id: number): string => `xpu-smi discovery -d ${id} -j`
export const DETAIL_NAMES: readonly string[] = Array.from({ length: MOST_DEVICES }, (_, id) => detailName(id))

const tool = {
  vendor: 'intel' as const,
  tool: 'xpu-smi',
  systems: ['linux'] as const,
  timeoutMs: 15_000,
  wakes: '8086',
  places: { linux: ['/usr/bin', '/usr/local/bin', '/opt/intel/xpumanager/bin', '/opt/intel/xpum/bin'] }
}

const LISTED = '"device_list"'

/** The list names the devices; their memory stands in the details. From 2.0 on the short table has what is in use. */
export const INTEL_PROBES: readonly Probe[] = [
  { ...tool, name: XPU_SMI_TABLE, args: [] },
  { ...tool, name: XPU_SMI_LIST, args: ['discovery', '-j'] },
  { ...tool, name: XPU_SMI_DUMP, args: ['discovery', '--dump', '1,2,11,16'], after: { probe: XPU_SMI_LIST, matching: LISTED } },
  ...DETAIL_NAMES.map((name, id) => ({ ...tool, name, args: ['discovery', '-d', String(id), '-j'], after: { probe: XPU_SMI_LIST, matching: `"device_id": *${id}[^0-9]` } }))
]
