import { describe, expect, it } from 'vitest'
import { capture, captures } from '../fixtures/nvidia/captures.ts'
import { memoryOfField, readQuery, textOf } from './query.ts'
import { readListedReport, type Report } from './readReport.ts'
import { readTable } from './table.ts'

const MIB = 1024 ** 2
const mib = (bytes: number | null): number | null => bytes === null ? null : bytes / MIB

const listing = (file: string): Report => {
  const report = readListedReport(capture(file))
  expect(report).not.toBeNull()
  return report!
}

describe('machines captured in several ways', () => {
  const machines = captures('machines/*/idle.q.txt').map((file) => file.split('/')[1]!)

  it.each(machines)('%s: listing, query and table agree', (machine) => {
    const [fromListing] = listing(`machines/${machine}/idle.q.txt`).gpus
    const [row] = readQuery(capture(`machines/${machine}/idle.query-gpu.csv`))
    const [fromTable] = readTable(capture(`machines/${machine}/idle.table.txt`))!.gpus
    const { totalBytes, reservedBytes, usedBytes, freeBytes } = fromListing!.memory
    expect(totalBytes).toBeGreaterThan(4000 * MIB)
    expect(fromListing!.memory).toEqual({
      totalBytes: memoryOfField(row!, 'memory.total'), reservedBytes: memoryOfField(row!, 'memory.reserved'),
      usedBytes: memoryOfField(row!, 'memory.used'), freeBytes: memoryOfField(row!, 'memory.free')
    })
    expect(Math.abs(totalBytes! - reservedBytes! - usedBytes! - freeBytes!)).toBeLessThanOrEqual(2 * MIB)
    expect(fromTable!.memory).toMatchObject({ totalBytes, usedBytes })
    expect(textOf(row!, 'name')).toBe(fromListing!.name)
    expect(fromListing!.name.startsWith(fromTable!.name.replace('...', '').trim())).toBe(true)
    expect(fromListing!.pciBusId).toBe(fromTable!.pciBusId)
    expect(fromListing!.mig?.enabled).toBe(fromTable!.mig?.enabled)
    expect(fromListing!.mig?.slices.map((slice) => slice.memory.totalBytes)).toEqual(fromTable!.mig?.slices.map((slice) => slice.memory.totalBytes))
    expect(fromListing!.processes?.length).toBe(fromTable!.processes?.length)
    expect(fromListing!.eccEnabled).toBe(fromTable!.eccEnabled)
    expect(fromListing!.displayActive).toBe(fromTable!.displayActive)
    expect(fromListing!.driverModel).toBe(fromTable!.driverModel)
    expect(fromListing!.powerLimitWatts).toBe(fromTable!.powerLimitWatts)
    expect(textOf(row!, 'compute_cap')).toMatch(/^\d+\.\d$/)
  })

  it.each(captures('gls/*.q.txt'))('%s: every card of listing and table agrees', (file) => {
    const report = listing(file)
    const table = readTable(capture(file.replace('.q.txt', '.table.txt')))!
    expect(report.complete).toBe(true)
    expect(report.gpus.map((gpu) => [gpu.pciBusId, gpu.memory.totalBytes])).toEqual(table.gpus.map((gpu) => [gpu.pciBusId, gpu.memory.totalBytes]))
    expect(report.driverVersion).toBe(table.driverVersion)
    expect(report.cudaVersion).toBe(table.cudaVersion)
  })

  it('adds up on every query: total = reserved + used + free within 2 MiB', () => {
    const files = captures('machines/*/*.query-gpu.csv')
    expect(files.length).toBeGreaterThanOrEqual(18)
    for (const file of files) {
      const rows = readQuery(capture(file))
      expect(rows, file).toHaveLength(1)
      const [total, reserved, used, free] = ['memory.total', 'memory.reserved', 'memory.used', 'memory.free'].map((field) => mib(memoryOfField(rows[0]!, field)))
      expect(Math.abs(total! - reserved! - used! - free!), file).toBeLessThanOrEqual(2)
    }
  })
})

describe('listings of -q', () => {
  const names = (file: string): string[] => listing(file).gpus.map((gpu) => gpu.name)

  it('reads eight cards, never their BAR1', () => {
    const report = listing('listings/8x-h100-535-161.q.txt')
    expect(report).toMatchObject({ driverVersion: '535.161.08', cudaVersion: '12.2', complete: true, attached: 8, remarks: [] })
    expect(report.gpus.map((gpu) => mib(gpu.memory.totalBytes))).toEqual(Array(8).fill(81559))
    expect(new Set(report.gpus.map((gpu) => gpu.key)).size).toBe(8)
  })

  it('reads cards one of whose fields is an error', () => {
    expect(names('listings/8x-rtx4090-535-unknown-error.q.txt')).toEqual(Array(8).fill('NVIDIA GeForce RTX 4090'))
    const [first] = listing('listings/8x-rtx4090-535-unknown-error.q.txt').gpus
    expect(first!.memory).toEqual({ totalBytes: 24564 * MIB, reservedBytes: 346 * MIB, usedBytes: 22078 * MIB, freeBytes: 2138 * MIB })
    expect(first!.processes).toHaveLength(1)
  })

  it('reads old drivers, wide bus ids and listings that were cut off', () => {
    expect(listing('listings/k80-azure-396.q.txt')).toMatchObject({ driverVersion: '396.37', cudaVersion: null, gpus: [{ name: 'Tesla K80', pciBusId: '3e3f8e05:00:00.0', memory: { totalBytes: null } }] })
    expect(listing('listings/quadro-m1000m-375.q.txt').gpus).toMatchObject([{ name: 'Quadro M1000M', pciBusId: '00000000:01:00.0', displayActive: true }])
    expect(listing('listings/gtx1080ti-384.q.txt').gpus).toMatchObject([{ name: 'GeForce GTX 1080 Ti' }])
    expect(listing('listings/h100-535-truncated.q.txt')).toMatchObject({ complete: false, attached: 8, gpus: [{ memory: { totalBytes: null } }] })
    expect(listing('listings/vgpu-host-580.q-memory.txt')).toMatchObject({ cudaVersion: null, cudaBroken: true, complete: false, attached: 4 })
    expect(listing('listings/wsl-gtx1650ti-510.q.txt').gpus).toMatchObject([{ driverModel: 'WDDM', memory: { totalBytes: null } }])
    expect(listing('listings/titanv-560.q.txt').gpus).toMatchObject([{ memory: { totalBytes: 12288 * MIB, usedBytes: 290 * MIB }, processes: [{ type: 'G' }, { type: 'G' }, { type: 'G' }] }])
    expect(listing('listings/a10-535.q.txt').gpus).toMatchObject([{ pciDeviceId: '10de:2236', eccEnabled: true, memory: { totalBytes: 23028 * MIB } }])
  })

  it('pools the compute instances of one GPU instance', () => {
    const [gpu] = listing('machines/h200-mig-590-linux/idle.q.txt').gpus
    expect(gpu!.mig).toMatchObject({ enabled: true, instances: 5 })
    expect(gpu!.mig!.slices.map((slice) => [slice.gpuInstance, mib(slice.memory.totalBytes)])).toEqual([[2, 71424], [3, 33280], [9, 16384], [10, 16384]])
  })

  it('reads the memory of processes that have it', () => {
    const report = readListedReport(`==============NVSMI LOG==============\nAttached GPUs : 1\nGPU 00000000:01:00.0\n    Processes\n        GPU instance ID                   : N/A\n        Process ID                        : 71\n            Type                          : C+G\n            Name                          : /opt/a : b\n            Used GPU Memory               : 12 MiB\n`)
    expect(report?.gpus[0]?.processes).toEqual([{ pid: 71, name: '/opt/a : b', type: 'C+G', usedBytes: 12 * MIB }])
  })

  it.each(['', 'hello', '{}', 'GPU 0: x', capture('tables/rtx4070-550.table.txt')])('finds no listing in %j', (text) => { expect(readListedReport(text)).toBeNull() })
})
