import type { DetectedGpu, GpuProcess, MigSlice } from '#shared/contract/index.ts'
import { busId } from '../reading/busId.ts'
import { device } from '../reading/device.ts'
import { LARGEST_MEMORY, memorySize, share, version } from './figures.ts'
import { noNumber } from './noNumber.ts'
import { sharesMemory } from './sharesMemory.ts'

export interface Table {
  readonly driverVersion: string | null
  readonly cudaVersion: string | null
  readonly cudaBroken: boolean
  readonly gpus: readonly DetectedGpu[]
  /** By the card's key: the GPU instance of each MIG device. */
  readonly migDevices: ReadonlyMap<string, readonly number[]>
  /** Whether the part that lists MIG devices was pasted too. */
  readonly listsMig: boolean
}

/*
 * Rows of a card:
 * |   0  NVIDIA GeForce RTX 3080 ...  WDDM  |   00000000:01:00.0 Off |                  N/A |
 * | N/A   42C    P8             15W /  140W |      64MiB /  16384MiB |      0%      Default |
 * |                                         |                        |             Disabled |   since R450
 */
const HEAD = /^\|\s*(\d{1,4})\s+(\S.*?)\s+(On|Off|N\/A|WDDM|TCC|MCDM|ERR!)\s*\|\s*([0-9A-F]{4,8}:[0-9A-F]{2}:[0-9A-F]{2}\.[0-7]|N\/A)\s+(On|Off|N\/A)\s*\|\s*(\S.*?)\s*\|$/i
const BODY = /^\|\s*(\S+)\s+(\S+)\s+(\S+)\s+(\S+)\s*\/\s*(\S+)\s*\|\s*(.*?)\s*\|(?:\s*(\S+)\s+(\S.*?)\s*\|)?$/
const MIG_MODE = /^\|\s*\|\s*\|\s*(\S.*?)\s*\|$/
const MIG_DEVICE = /^\|\s*(\d{1,4})\s+(\d{1,4})\s+(\d{1,4})\s+(\d{1,4})\s*\|\s*(\S.*?)\s*\|\s*\d+\s+\S+\s*\|/
const PROCESS = /^\|\s*(\d{1,4})\s+(?:(?:\d{1,4}|N\/A)\s+(?:\d{1,4}|N\/A)\s+)?(\d{1,10})\s+([CGM][C+GM]*)\s+(\S.*?)\s+(\d+MiB|N\/A)\s*\|$/

/** Tools of other vendors that draw the same table. */
const OTHER_TOOL = /\b(HL-SMI|MX-SMI|IX-?SMI|XPU[-_]SMI|MTHREADS-GMI|NPU-SMI)\b/i

/**
 * Reads the table that nvidia-smi prints by itself, drivers 384 to 610: only for text that a user pastes. It tells neither what
 * is free nor full names (a cut one ends in `...` and means several cards). Null when the text holds no such row.
 */
export function readTable (text: string): Table | null {
  if (OTHER_TOOL.test(text)) return null
  const lines = text.slice(0, 1024 ** 2).split(/\r?\n/, 20_000).map((line) => line.trim())
  const gpus: DetectedGpu[] = []
  const migDevices: { gpu: number, gpuInstance: number, usage: string }[] = []
  const processes: (GpuProcess & { gpu: number })[] = []
  lines.forEach((line, i) => {
    const head = HEAD.exec(line)
    const body = head === null ? null : BODY.exec(lines[i + 1] ?? '')
    if (head !== null && body !== null) gpus.push(card(head, body, MIG_MODE.exec(lines[i + 2] ?? '')?.[1] ?? null))
    const mig = MIG_DEVICE.exec(line)
    if (mig !== null) migDevices.push({ gpu: Number(mig[1]), gpuInstance: Number(mig[2]), usage: mig[5]! })
    const process = PROCESS.exec(line)
    if (process !== null) processes.push({ gpu: Number(process[1]), pid: Number(process[2]), name: process[4]!, type: process[3]!, usedBytes: memorySize(process[5]!) })
  })
  if (gpus.length === 0) return null
  const header = lines.find((line) => /NVIDIA-SMI/.test(line)) ?? ''
  const cuda = /CUDA (?:UMD )?Version:\s*(\S+)/.exec(header)?.[1] ?? null
  const listsProcesses = lines.some((line) => /^\|\s*Processes:/.test(line))
  return {
    driverVersion: version(/(?:Driver|KMD) Version:\s*(\S+)/.exec(header)?.[1] ?? null),
    cudaVersion: version(cuda),
    cudaBroken: cuda !== null && /^(err!|not)$/i.test(cuda),
    migDevices: new Map(gpus.map(({ key, index }) => [key, migDevices.filter((found) => found.gpu === index).map((found) => found.gpuInstance)])),
    listsMig: lines.some((line) => /MIG devices/.test(line)),
    gpus: gpus.map((gpu) => ({
      ...gpu,
      mig: withSlices(gpu, migDevices.filter((found) => found.gpu === gpu.index)),
      processes: listsProcesses ? processes.filter((process) => process.gpu === gpu.index).map(({ gpu: _, ...process }) => process) : null
    }))
  }
}

function card (head: RegExpExecArray, body: RegExpExecArray, mig: string | null): DetectedGpu {
  const [, index, name, mode, bus, display, ecc] = head as unknown as readonly string[]
  const [, , temperature, , power, limit, usage, load = '', compute = ''] = body as unknown as readonly string[]
  const pciBusId = busId(bus)
  const memory = usageOf(usage!)
  const unifiedMemory = sharesMemory(name!)
  return device('nvidia', Number(index), name!, {
    pciBusId,
    kind: unifiedMemory ? 'unified' : 'gpu',
    unifiedMemory,
    memory: { totalBytes: memory.total, usedBytes: memory.used, reservedBytes: null, freeBytes: null },
    memorySource: memory.total === null ? null : 'nvidia-smi',
    driverModel: /^(WDDM|TCC|MCDM)$/.test(mode!) ? mode! : null,
    displayActive: display === 'On' ? true : display === 'Off' ? false : null,
    eccEnabled: /^(\d+|On)$/.test(ecc!) ? true : /^Off$/i.test(ecc!) ? false : null,
    computeMode: noNumber(compute!) !== null ? null : compute === 'E. Process' ? 'Exclusive_Process' : compute!,
    mig: mig === 'Enabled' || mig === 'Disabled' ? { enabled: mig === 'Enabled', instances: 0, slices: [] } : null,
    temperatureC: unitless(temperature!, 'C'),
    powerWatts: unitless(power!, 'W'),
    powerLimitWatts: unitless(limit!, 'W'),
    utilization: share(load!)
  })
}

const unitless = (cell: string, unit: string): number | null => {
  const match = /^(-?\d{1,5})([CW])$/.exec(cell)
  return match !== null && match[2] === unit ? Number(match[1]) : null
}

/** `64MiB / 16384MiB`; anything else is unknown. */
function usageOf (cell: string): { used: number | null, total: number | null } {
  const match = /^(\d{1,12}MiB)\s*\/\s*(\d{1,12}MiB)$/.exec(cell)
  const total = match === null ? null : memorySize(match[2]!)
  const used = match === null ? null : memorySize(match[1]!)
  if (total === null || total === 0 || total > LARGEST_MEMORY) return { used: null, total: null }
  return { total, used: used !== null && used <= total ? used : null }
}

function withSlices (gpu: DetectedGpu, devices: readonly { readonly gpuInstance: number, readonly usage: string }[]): DetectedGpu['mig'] {
  if (gpu.mig === null) return null
  const slices = new Map<number, MigSlice>()
  for (const { gpuInstance, usage } of devices) {
    const { total, used } = usageOf(usage)
    if (!slices.has(gpuInstance)) slices.set(gpuInstance, { gpuInstance, profile: null, uuid: null, memory: { totalBytes: total, usedBytes: used, reservedBytes: null, freeBytes: null } })
  }
  return { ...gpu.mig, instances: devices.length, slices: [...slices.values()] }
}
