import { describe, expect, it } from 'vitest'
import { detect } from '../detect.ts'
import type { Evidence, VendorSupport } from '../evidence.ts'
import { evidenceOf } from '../fixtures/evidence.ts'
import { vendorCapture } from '../fixtures/vendorCaptures.ts'
import { VENDOR_SUPPORT } from '../vendors.ts'
import { readAdapters, WINDOWS_ADAPTERS, WINDOWS_ADAPTERS_PROBE } from './index.ts'

const supportOf = (wanted: string): VendorSupport => VENDOR_SUPPORT.find(({ vendor }) => vendor === wanted)!
const [amd, intel] = [supportOf('amd'), supportOf('intel')]
const GIB = 1024 ** 3
const on = (text: string): Evidence => evidenceOf({ system: 'win32', runs: { [WINDOWS_ADAPTERS]: text } })
const codes = (text: string): string[] => detect(on(text), VENDOR_SUPPORT, new Date(0)).findings.map(({ code }) => code)

interface Card {
  readonly name: string
  readonly id: string
  readonly memory?: unknown
  readonly error?: number
  readonly width?: number | null
}

/** As the probe's PowerShell answers. */
function answer (cards: readonly Card[]): string {
  return JSON.stringify({
    controllers: cards.map(({ name, id, error = 0, width = 2560 }) => ({ name, device: `PCI\\${id}&SUBSYS_1DA2E471&REV_C8\\6&1A2B3C4&0&00000019`, ram: 4293918720, version: '32.0.31021.5001', error, width })),
    registry: cards.filter(({ memory }) => memory !== undefined).map(({ name, id, memory }) => ({ id: `pci\\${id.toLowerCase()}`, name, memory }))
  })
}

describe('the answer of PowerShell', () => {
  it('takes the registry’s 64-bit figure', () => {
    const text = answer([{ name: 'AMD Radeon RX 9070 XT', id: 'VEN_1002&DEV_7550', memory: 17095983104 }])
    expect(amd.read(on(text))).toMatchObject({
      gpus: [{ vendor: 'amd', key: 'amd-0', name: 'AMD Radeon RX 9070 XT', catalogId: 'rx-9070-xt', kind: 'gpu', pciDeviceId: '1002:7550', driverModel: 'WDDM', displayActive: true, memorySource: 'registry', memory: { totalBytes: 17095983104, usedBytes: null, freeBytes: null } }],
      findings: [{ code: 'rocm-windows' }], seen: true
    })
  })

  it('reads the figure as bytes too, least first', () => {
    const text = answer([{ name: 'Intel(R) Arc(TM) A770 Graphics', id: 'VEN_8086&DEV_56A0', memory: [0, 0, 0, 0, 4, 0, 0, 0] }])
    expect(intel.read(on(text)).gpus).toMatchObject([{ catalogId: 'arc-a770-16gb', memory: { totalBytes: 16 * GIB } }])
    expect(intel.read(on(answer([{ name: 'Intel(R) Arc(TM) A770 Graphics', id: 'VEN_8086&DEV_56A0', memory: [1, 2, 300] }]))).gpus[0]!.memory.totalBytes).toBeNull()
  })

  it('gives equal cards an entry each', () => {
    const card = { name: 'AMD Radeon RX 7900 XTX', id: 'VEN_1002&DEV_744C', memory: 25753026560 }
    const { gpus } = amd.read(on(answer([card, { ...card, width: null }])))
    expect(gpus).toMatchObject([{ key: 'amd-0', displayActive: true }, { key: 'amd-1', displayActive: false, memory: { totalBytes: 25753026560 } }])
  })

  it('takes a ceiling for no figure', () => {
    for (const memory of [undefined, 4293918720, -1048576, 0, 'N/A']) {
      const reading = amd.read(on(answer([{ name: 'AMD Radeon RX 6900 XT', id: 'VEN_1002&DEV_73BF', memory }])))
      expect(reading.gpus).toMatchObject([{ catalogId: 'rx-6900-xt', memory: { totalBytes: 17163091968, freeBytes: null }, memorySource: 'catalog' }])
      expect(reading.findings.map(({ code }) => code)).toContain('windows-capped-memory')
    }
    expect(amd.read(on(answer([{ name: 'AMD Radeon Whatever', id: 'VEN_1002&DEV_FFFF' }]))).gpus).toMatchObject([{ memory: { totalBytes: null }, memorySource: null }])
  })

  it('a single adapter, which ConvertTo-Json writes without a list', () => {
    const text = JSON.stringify({ controllers: { name: 'AMD Radeon RX 7800 XT', device: 'PCI\\VEN_1002&DEV_747E', ram: 4293918720, error: 0, width: 1920 }, registry: { id: 'pci\\ven_1002&dev_747e', name: 'AMD Radeon RX 7800 XT', memory: 17163091968 } })
    expect(amd.read(on(text)).gpus).toMatchObject([{ catalogId: 'rx-7800-xt', memory: { totalBytes: 17163091968 } }])
  })

  it('the carve-out of integrated graphics is no capacity, but at least that of an APU', () => {
    const text = answer([{ name: 'Intel(R) UHD Graphics 770', id: 'VEN_8086&DEV_4680', memory: 134217728 }, { name: 'AMD Radeon(TM) 8060S Graphics', id: 'VEN_1002&DEV_1586', memory: 64 * GIB }, { name: 'AMD Radeon(TM) Graphics', id: 'VEN_1002&DEV_164E', memory: 536870912 }])
    expect(intel.read(on(text)).gpus).toMatchObject([{ kind: 'integrated', memory: { totalBytes: null } }])
    expect(amd.read(on(text)).gpus).toMatchObject([{ kind: 'unified', unifiedMemory: true, catalogId: 'strix-halo-395', memory: { totalBytes: 64 * GIB } }, { kind: 'integrated', memory: { totalBytes: null } }])
    expect(codes(answer([{ name: 'Intel(R) UHD Graphics 770', id: 'VEN_8086&DEV_4680' }]))).toEqual(['integrated-only'])
  })

  it('tells of a card without its driver', () => {
    expect(codes(answer([{ name: 'AMD Radeon RX 7900 XTX', id: 'VEN_1002&DEV_744C', error: 28 }]))).toContain('card-without-driver')
    expect(codes(answer([{ name: 'NVIDIA GeForce RTX 4090', id: 'VEN_10DE&DEV_2684' }]))).toEqual(['card-without-driver'])
  })

  it('is asked for by a constant script without double quotes', () => {
    const script = WINDOWS_ADAPTERS_PROBE.args.at(-1)!
    expect(script).not.toContain('"')
    expect(script).toContain('HardwareInformation.qwMemorySize')
    expect(WINDOWS_ADAPTERS_PROBE.systems).toEqual(['win32'])
  })
})

describe('lists of Win32_VideoController', () => {
  it.each([
    ['windows/issues/rtx4090-uhd770.wmic.txt', [['NVIDIA GeForce RTX 4090', null, true], ['Intel(R) UHD Graphics 770', null, false]]],
    ['windows/issues/rx9070xt.cim-list.txt', [['AMD Radeon RX 9070 XT', null, true]]],
    ['windows/gtx1660-win32-videocontroller.fl.txt', [['NVIDIA GeForce GTX 1660', null, true]]],
    ['windows/uhd-9bc4-win32-videocontroller.fl.txt', [['Intel(R) UHD Graphics', '8086:9bc4', false]]]
  ] as const)('%s: AdapterRAM is never a size', (file, expected) => {
    const adapters = readAdapters(vendorCapture(file))!
    expect(adapters.map(({ name, pciDeviceId, capped }) => [name, pciDeviceId, capped])).toEqual(expected)
    expect(adapters.every(({ memoryBytes }) => memoryBytes === null)).toBe(true)
  })

  it('leads to devices and findings', () => {
    expect(amd.read(on(vendorCapture('windows/issues/rx9070xt.cim-list.txt')))).toMatchObject({ gpus: [{ catalogId: 'rx-9070-xt', memorySource: 'catalog' }], findings: [{ code: 'windows-capped-memory' }, { code: 'rocm-windows' }] })
    expect(codes(vendorCapture('windows/uhd-9bc4-win32-videocontroller.fl.txt'))).toEqual(['integrated-only'])
    expect(codes(vendorCapture('windows/issues/rtx4090-uhd770.wmic.txt'))).toEqual(['integrated-only'])
    expect(codes(vendorCapture('windows/gtx1660-win32-videocontroller.fl.txt'))).toEqual(['card-without-driver'])
    expect(codes(vendorCapture('windows/timver-adapterram-cap.txt'))).toEqual(['vendor-tool-failed'])
  })
})
