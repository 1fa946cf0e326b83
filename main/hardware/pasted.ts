import type { Detection, Vendor } from '#shared/contract/index.ts'
import { detect, withCatalog } from './detect.ts'
import type { Evidence, Probe } from './evidence.ts'
import { readPasted } from './nvidia/pasted.ts'
import { VENDOR_SUPPORT } from './vendors.ts'

/** A machine as the pasted output of a vendor's tool shows it. Of the host nothing is known but the given name. */
export function detectionFromText (text: string, name: string, at: Date): Detection {
  const nvidia = readPasted(text)
  if (nvidia.gpus.length === 0 && nvidia.findings.some(({ code }) => code === 'unreadable-output')) {
    const other = fromOtherTool(text, name, at)
    if (other !== null) return other
  }
  const { gpus, findings, driverVersion, cudaVersion, topology } = nvidia
  return { gpus: gpus.map(withCatalog), findings: [...findings], driverVersion, cudaVersion, topology, host: unknownHost(name), probes: [], at: at.toISOString() }
}

const unknownHost = (name: string): Detection['host'] =>
  ({ name, platform: '', ramTotalBytes: 0, ramFreeBytes: 0, cpuCount: 0, disk: null, environment: [] })

/** What only one vendor's tools write. Their tables look alike, so that each reader would read most of the others'. */
const SIGNS: readonly (readonly [RegExp, Vendor])[] = [
  [/\bnpu-smi\b|HBM-Usage|davinci/i, 'huawei'],
  [/\bhl-smi\b|\bHL-\d{3}/i, 'habana'],
  [/\bmx-smi\b|\bMetaX\b/i, 'metax'],
  [/\bmthreads-gmi\b|\bMTT S\d/i, 'moorethreads'],
  [/\bix-?smi\b|iluvatar/i, 'iluvatar'],
  [/kunlun/i, 'kunlunxin'],
  [/\bDCU\b|Haiguang/, 'hygon'],
  [/\bxpu-smi\b|Intel\(R\)|Intel Corporation|memory_physical_size_byte/i, 'intel'],
  [/\bsppci_|\bspdisplays_/, 'apple'],
  [/\bROCm\b|\bamd-?smi\b|VRAM Total|MARKET_NAME|market_name|Card series|Advanced Micro Devices/i, 'amd']
]

/** The text taken for the answer of each tool of its vendor: the reading that knows a device, else the one that says what is wrong with it. */
function fromOtherTool (text: string, name: string, at: Date): Detection | null {
  const vendor = SIGNS.find(([sign]) => sign.test(text.slice(0, LONGEST)))?.[1]
  const support = VENDOR_SUPPORT.find((known) => known.vendor === vendor)
  const readings = support?.probes.map((probe) => detect(answered(probe, text, name), [support], at)).filter(({ gpus }) => gpus.length > 0) ?? []
  const found = readings.find(({ gpus }) => gpus.some((gpu) => gpu.memory.totalBytes !== null || gpu.catalogId !== null)) ??
    readings.find(({ findings }) => findings.some(({ severity }) => severity === 'error'))
  return found === undefined ? null : { ...found, probes: [] }
}

/** In characters; reports of whole machines are well under it. */
const LONGEST = 2 * 1024 ** 2

const answered = ({ name, tool, systems }: Probe, text: string, host: string): Evidence => ({
  system: systems[0] ?? 'linux',
  host: unknownHost(host),
  runs: new Map([[name, { outcome: 'exited', status: 0, stdout: text, stderr: '', startError: null, path: tool, milliseconds: 0 }]]),
  files: new Map(),
  variables: new Map()
})
