import { describe, expect, it } from 'vitest'
import type { VendorReading } from '../evidence.ts'
import { evidenceOf } from '../fixtures/evidence.ts'
import { vendorCapture, vendorCaptures } from '../fixtures/vendorCaptures.ts'
import { apple, sampleOf } from './index.ts'
import { DISPLAYS, SYSCTL, VM_STAT } from './probes.ts'

const GIB = 1024 ** 3
const sysctl = (gib: number, wiredMb = 0, processor = 'Apple M2 Max'): string => `hw.memsize: ${gib * GIB}\nhw.optional.arm64: 1\nmachdep.cpu.brand_string: ${processor}\niogpu.wired_limit_mb: ${wiredMb}\n`
const VM = 'Mach Virtual Memory Statistics: (page size of 16384 bytes)\nPages free:                               100000.\nPages active:                             700000.\nPages inactive:                           200000.\nPages speculative:                          1000.\nPages throttled:                               0.\nPages wired down:                         150000.\nPages purgeable:                            2000.\n'

const read = (displays: string, memory = sysctl(96), more = {}): VendorReading => apple.read(evidenceOf({ system: 'darwin', runs: { [DISPLAYS]: displays, [SYSCTL]: memory, ...more } }))

describe('system_profiler', () => {
  it.each([
    ['index/m2max.system_profiler.json', 'Apple M2 Max', 'apple-m2-max'],
    ['index/m4.system_profiler.json', 'Apple M4', 'apple-m4'],
    // The answer is cut before the model; its resource key tells it.
    ['issues/m1.system_profiler-2021.json', 'Apple M1', 'apple-m1'],
    ['issues/m3pro.system_profiler.json', 'Apple M3 Pro', 'apple-m3-pro']
  ])('%s', (file, name, catalogId) => {
    const { gpus, findings } = read(vendorCapture(`apple/${file}`), sysctl(16))
    expect(gpus).toMatchObject([{ vendor: 'apple', key: 'apple-0', kind: 'unified', name, catalogId, unifiedMemory: true, memorySource: 'estimate', memory: { totalBytes: Math.floor(16 * GIB * 0.67), usedBytes: null } }])
    expect(findings).toMatchObject([{ code: 'apple-estimated', severity: 'info', deviceKey: 'apple-0' }])
  })

  it('has no back end for an Intel Mac', () => {
    expect(read(vendorCapture('apple/index/intel-mac-5500m.system_profiler.json'), sysctl(32, 0, 'Intel(R) Core(TM) i9-9980HK CPU @ 2.40GHz')))
      .toMatchObject({ gpus: [], findings: [{ code: 'apple-intel-mac', detail: 'AMD Radeon Pro 5500M' }], seen: true })
  })

  it.each([...vendorCaptures('apple/issues/*.gpuinfo.txt'), 'apple/issues/m1.system_profiler-memory.json'])('%s is another answer; the processor names the GPU', (file) => {
    expect(read(vendorCapture(file)).gpus).toMatchObject([{ name: 'Apple M2 Max' }])
    expect(read(vendorCapture(file), '')).toMatchObject({ gpus: [], findings: [{ code: 'vendor-tool-failed' }] })
  })

  it('costs nothing but itself when it hangs', () => {
    const reading = apple.read(evidenceOf({ system: 'darwin', runs: { [DISPLAYS]: { outcome: 'timed-out', status: null }, [SYSCTL]: sysctl(64, 0, 'Apple M1 Ultra') } }))
    expect(reading.gpus).toMatchObject([{ name: 'Apple M1 Ultra', catalogId: 'apple-m1-ultra' }])
  })
})

describe('what the GPU may use', () => {
  const display = vendorCapture('apple/index/m2max.system_profiler.json')

  it('is the limit that the user set', () => {
    const { gpus, findings } = read(display, sysctl(128, 114688))
    expect(gpus).toMatchObject([{ memory: { totalBytes: 112 * GIB }, memorySource: 'iogpu.wired_limit_mb' }])
    expect(findings).toMatchObject([{ code: 'unified-memory' }])
    expect(read(display, sysctl(16, 114688)).gpus[0]!.memory.totalBytes).toBe(16 * GIB)
  })

  it('is never the whole of the memory, and unknown when that is', () => {
    expect(read(display, 'iogpu.wired_limit_mb: 0\n').gpus[0]!.memory.totalBytes).toBe(Math.floor(64 * GIB * 0.67))
    const unknown = apple.read(evidenceOf({ system: 'darwin', host: { ramTotalBytes: 0, ramFreeBytes: 0 }, runs: { [DISPLAYS]: display } }))
    expect(unknown).toMatchObject({ gpus: [{ memory: { totalBytes: null, freeBytes: null }, memorySource: null }], findings: [{ code: 'incomplete-device' }] })
  })

  it('is free as far as the system has pages', () => {
    const pages = (100000 + 200000 + 1000 + 2000) * 16384
    const { gpus } = read(display, sysctl(16), { [VM_STAT]: VM })
    expect(gpus[0]!.memory.freeBytes).toBe(pages)
    expect(sampleOf(VM, gpus)).toEqual([{ key: 'apple-0', usedBytes: null, freeBytes: pages, totalBytes: gpus[0]!.memory.totalBytes, utilization: null, temperatureC: null, powerWatts: null }])
    expect(sampleOf('vm_stat: command not found', gpus)).toMatchObject([{ freeBytes: null }])
  })
})

it('is not looked for elsewhere', () => {
  expect(apple.read(evidenceOf({ runs: { [DISPLAYS]: vendorCapture('apple/index/m4.system_profiler.json') } }))).toEqual({ gpus: [], findings: [], seen: false })
})
