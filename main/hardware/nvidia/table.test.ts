import { describe, expect, it } from 'vitest'
import { matchGpu } from '#shared/catalog/index.ts'
import { capture, captures } from '../fixtures/nvidia/captures.ts'
import { readTable } from './table.ts'

const MIB = 1024 ** 2
const summary = (file: string) => {
  const table = readTable(capture(file))!
  return [table.driverVersion, table.cudaVersion, ...table.gpus.map((gpu) =>
    [gpu.index, gpu.name, gpu.memory.usedBytes === null ? null : gpu.memory.usedBytes / MIB, gpu.memory.totalBytes === null ? null : gpu.memory.totalBytes / MIB])]
}

const CUT = 'NVIDIA RTX PRO 6000 Blac...'

/** Read from the captures by eye. */
const TABLES: Readonly<Record<string, unknown>> = {
  '2x-a100-40gb-bottlerocket-580': ['580.126.09', '13.0', [0, 'NVIDIA A100-SXM4-40GB', 598, 40960], [1, 'NVIDIA A100-SXM4-40GB', 602, 40960]],
  '2x-a100-80-mig-520': ['520.61.05', '11.8', [0, 'NVIDIA A100 80G...', 26, 81920], [1, 'NVIDIA A100 80G...', 26, 81920]],
  '2x-rtx2080ti-415': ['415.25', '10.0', [0, 'GeForce RTX 208...', 0, 10989], [1, 'GeForce RTX 208...', 0, 10989]],
  '2x-rtxpro6000-maxq-595': ['595.71.05', '13.2', [0, CUT, 15, 97887], [1, CUT, 122, 97887]],
  '4x-gb200-580': ['580.126.09', '13.0', [0, 'NVIDIA GB200', 0, 189471], [1, 'NVIDIA GB200', 0, 189471]],
  '550-90': ['550.90.07', '12.4', ...Array.from({ length: 8 }, (_, i) => [i, 'NVIDIA H100 80GB HBM3', 1, 81559])],
  '8x-b200-580-loaded': ['580.95.05', '13.0', [0, 'NVIDIA B200', 166593, 183359], [1, 'NVIDIA B200', 156996, 183359]],
  '8x-b300-610-loaded': ['610.57.04', '13.3', [0, 'NVIDIA B300 SXM6 AC', 246718, 275040], [1, 'NVIDIA B300 SXM6 AC', 246718, 275040]],
  'b300-580': ['580.126.09', '13.0', [0, 'NVIDIA B300 SXM6 AC', 0, 275040]],
  'err-fan-525': ['525.125.06', '12.0', [0, 'NVIDIA GeForce ...', 2021, 23028]],
  'gb10-580.126': ['580.126.09', '13.0', [0, 'NVIDIA GB10', null, null]],
  'gb10-580.82': ['580.82.09', '13.0', [0, 'NVIDIA GB10', null, null]],
  'gb10-580.95': ['580.95.05', '13.0', [0, 'NVIDIA GB10', null, null]],
  'gb300-row': [null, null, [0, 'NVIDIA GB300', 0, 284208]],
  'gtx1080-582-windows': ['582.28', '13.0', [0, 'NVIDIA GeForce GTX 1080', 340, 8192]],
  'hetero-rtx5090-rtx4090-580': ['580.82.09', '13.0', [0, 'NVIDIA GeForce RTX 5090', 2, 32607], [1, 'NVIDIA GeForce RTX 4090', 1, 24564]],
  'jetson-orin-540.3': [null, '12.2', [0, 'Orin (nvgpu)', null, null]],
  'jetson-thor-580': ['580.00', '13.0', [0, 'NVIDIA Thor', null, null]],
  'jetson-thor-595': ['595.78', '13.2', [0, 'NVIDIA Thor', null, null]],
  'rtx3050-laptop-win-546': ['546.12', '12.3', [0, 'NVIDIA GeForce RTX 3050 ...', 0, 4096]],
  'rtx3060-raspberrypi-cm5': ['580.95.05', '13.0', [0, 'NVIDIA GeForce RTX 3060', 1, 12288]],
  'rtx3080-laptop-16gb-556-windows': ['556.13', '12.5', [0, 'NVIDIA GeForce RTX 3080 ...', 64, 16384]],
  'rtx3090-465': ['465.19.01', '11.3', [0, 'NVIDIA GeForce ...', 392, 24259]],
  'rtx4070-550': ['550.40.07', '12.4', [0, 'NVIDIA GeForce RTX 4070', 430, 12282]],
  'rtx5070-freebsd-linuxulator': ['575.64.03', null, [0, 'NVIDIA GeForce RTX 5070', 1731, 12227]],
  'rtx5090-595': ['595.71.05', '13.2', [0, 'NVIDIA GeForce RTX 5090', 492, 32607]],
  'rtxpro6000-mig-610-index-from-2': ['610.43.02', '13.3', [2, CUT, 256, 97887], [3, CUT, 1977, 97887]],
  'rtxpro6000-server-570': ['570.172.08', '12.8', [0, CUT, 0, 97887]],
  'win-2x-2080ti-517': ['517.48', '11.7', [0, 'NVIDIA GeForce ...', 576, 11264], [1, 'NVIDIA GeForce ...', 2152, 11264]],
  'win-server-l40s-tcc-555': ['555.85', '12.5', [0, 'NVIDIA L40S', 9, 46068]],
  'wsl-rtx3060-laptop-545-cuda-err': ['546.80', null, [0, 'NVIDIA GeForce RTX 3060 ...', 816, 6144]],
  'wsl-rtx4070s-555': ['555.99', '12.5', [0, 'NVIDIA GeForce RTX 4070 ...', 576, 12282]]
}

describe('readTable', () => {
  it('reads every captured table', () => {
    const files = captures('tables/*.table.txt')
    expect(Object.fromEntries(files.map((file) => [file.slice('tables/'.length, -'.table.txt'.length), summary(file)]))).toEqual(TABLES)
  })

  it('reads cards of the other captured machines, up to ten', () => {
    for (const [file, count, total] of [['A40x10', 10, 46068], ['RTX_A6000_x9', 9, 46068], ['V100_x8', 8, 16384], ['RTX6000Ada_x8', 8, 49140], ['H100SXMx8', 8, 81559]] as const) {
      const { gpus } = readTable(capture(`gls/${file}.table.txt`))!
      expect(gpus.map((gpu) => gpu.memory.totalBytes! / MIB), file).toEqual(Array(count).fill(total))
      expect(new Set(gpus.map((gpu) => gpu.key)).size).toBe(count)
    }
  })

  it('reads rows that were pasted without their frame', () => {
    const rows = capture('tables/table-rows.jsonl').trim().split('\n').map((line) => JSON.parse(line) as { lines: string[], total_mib: number | null, gpu: string })
    expect(rows.length).toBeGreaterThanOrEqual(30)
    for (const { lines, total_mib: total, gpu } of rows) {
      const table = readTable(lines.join('\n'))
      expect(table?.gpus[0]?.memory.totalBytes ?? null, gpu).toBe(total === null ? null : total * MIB)
    }
  })

  it('reads MIG slices, driver models, compute modes, sensors and processes', () => {
    const mig = readTable(capture('machines/h200-mig-590-linux/load.table.txt'))!.gpus[0]!
    expect(mig).toMatchObject({ utilization: null, mig: { enabled: true, instances: 5 }, powerWatts: 295, powerLimitWatts: 700, temperatureC: 36, eccEnabled: true })
    expect(mig.mig!.slices.map((slice) => [slice.gpuInstance, slice.memory.totalBytes! / MIB])).toEqual([[2, 71424], [3, 33280], [9, 16384], [10, 16384]])
    expect(readTable(capture('tables/win-server-l40s-tcc-555.table.txt'))!.gpus[0]!.driverModel).toBe('TCC')
    expect(readTable(capture('tables/err-fan-525.table.txt'))!.gpus[0]).toMatchObject({ computeMode: 'Exclusive_Process', temperatureC: 38, powerWatts: 49 })
    const windows = readTable(capture('machines/rtx2080s-610-windows/idle.table.txt'))!.gpus[0]!
    expect(windows).toMatchObject({ driverModel: 'WDDM', displayActive: true })
    expect(windows.processes).toHaveLength(19)
    expect(windows.processes!.find((process) => process.pid === 15964)).toEqual({ pid: 15964, name: '...IA App\\CEF\\NVIDIA Overlay.exe', type: 'C+G', usedBytes: null })
    expect(readTable(capture('tables/gb10-580.82.table.txt'))!.gpus[0]!.processes!.every((process) => process.usedBytes! > 0)).toBe(true)
    expect(readTable(capture('tables/rtx4070-550.table.txt'))!.gpus[0]!.processes).toBeNull()
  })

  it('reads a table with CRLF line ends and text around it', () => {
    const text = `Here it is:\r\n\r\n${capture('tables/rtx5090-595.table.txt').replaceAll('\n', '\r\n')}\r\nthanks`
    expect(readTable(text)!.gpus).toMatchObject([{ memory: { totalBytes: 32607 * MIB, freeBytes: null } }])
  })

  it('gives names that were cut as they are: they mean no card of the catalog for certain', () => {
    for (const file of ['rtx3080-laptop-16gb-556-windows', 'rtxpro6000-server-570', 'rtx3090-465']) {
      const { name, memory } = readTable(capture(`tables/${file}.table.txt`))!.gpus[0]!
      expect(name.endsWith('...')).toBe(true)
      expect(matchGpu(name, memory.totalBytes)).toBeNull()
    }
  })

  it.each(['', 'No devices were found', '|   0  NVIDIA X   On | 00000000:01:00.0 Off | N/A |', '+---+\n| a |'])('finds no table in %j', (text) => { expect(readTable(text)).toBeNull() })
})
