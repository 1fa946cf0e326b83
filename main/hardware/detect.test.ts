import { readFileSync } from 'node:fs'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { DetectionSchema } from '#shared/contract/index.ts'
import { detect, withCatalog } from './detect.ts'
import { ABSENT, evidenceOf } from './fixtures/evidence.ts'
import { capture, captures } from './fixtures/nvidia/captures.ts'
import { detectionFromText } from './pasted.ts'
import { device } from './reading/device.ts'
import { memoryOf } from './reading/figures.ts'
import { VENDOR_SUPPORT } from './vendors.ts'

const MIB = 1024 ** 2
const AT = new Date('2026-11-24T10:00:00Z')
const REPORT = 'nvidia-smi -q -x'
const card = (name: string, totalMib: number | null, pciDeviceId: string | null, kind: 'gpu' | 'vgpu' = 'gpu') =>
  withCatalog(device('nvidia', 0, name, { memory: memoryOf(totalMib === null ? null : totalMib * MIB, null), pciDeviceId, kind }))

describe('the catalog’s knowledge of a card', () => {
  it('comes by PCI id where the name is cut, generic or unknown', () => {
    expect(card('NVIDIA GeForce RTX 3080 ...', 16384, '10de:24dc').catalogId).toBe('rtx-3080-laptop-16gb')
    expect(card('Graphics Device', 24564, '10de:2684')).toMatchObject({ catalogId: 'rtx-4090', computeCapability: '8.9' })
    expect(card('NVIDIA GeForce RTX 4090', 24564, null).catalogId).toBe('rtx-4090')
  })

  it('never comes by a name that was cut', () => {
    for (const name of ['NVIDIA GeForce RTX 3080 ...', 'NVIDIA RTX 4000 Ada Gene...', 'NVIDIA GeForce ...']) expect(card(name, 20475, null), name).toMatchObject({ catalogId: null, computeCapability: null })
  })

  it('follows the memory of modified cards, and of unknown sizes knows only the chip', () => {
    expect(card('NVIDIA GeForce RTX 3080', 20480, '10de:2206').catalogId).toBe('rtx-3080-20gb-mod')
    expect(card('NVIDIA GeForce RTX 4090', 49140, '10de:2684').catalogId).toBe('rtx-4090-48gb-mod')
    expect(card('NVIDIA GeForce RTX 4090', 33000, '10de:2684')).toMatchObject({ catalogId: null, computeCapability: '8.9' })
    expect(card('NVIDIA A100-40C', 40960, '10de:20b2', 'vgpu')).toMatchObject({ catalogId: null, computeCapability: '8.0' })
  })
})

describe('detect', () => {
  it.each(captures('xml/*.xml'))('%s: answers by the contract', (file) => {
    const detection = detect(evidenceOf({ runs: { [REPORT]: capture(file) } }), VENDOR_SUPPORT, AT)
    expect(v.is(DetectionSchema, detection)).toBe(true)
    expect(detection.gpus.length).toBeGreaterThan(0)
    for (const gpu of detection.gpus) expect(gpu.memory.totalBytes).not.toBe(0)
  })

  it.each([...captures('tables/*.table.txt'), ...captures('listings/*'), ...captures('lists/*'), ...captures('csv/*.query-gpu.csv'), ...captures('failures/*')])('%s pasted: answers by the contract', (file) => {
    expect(v.is(DetectionSchema, detectionFromText(capture(file), 'pasted', AT))).toBe(true)
  })

  it('describes cards of two kinds device by device', () => {
    const { gpus } = detectionFromText(capture('tables/hetero-rtx5090-rtx4090-580.table.txt'), 'pasted', AT)
    expect(gpus.map((gpu) => [gpu.catalogId, gpu.computeCapability, gpu.memory.totalBytes! / MIB])).toEqual([['rtx-5090', '12.0', 32607], ['rtx-4090', '8.9', 24564]])
    const mixed = detectionFromText(capture('lists/mixed-a10-t4-host.list-L.txt'), 'pasted', AT)
    expect(mixed.gpus.map((gpu) => gpu.computeCapability)).toEqual(['8.6', '8.6', '7.5', '7.5'])
  })

  it.each([
    ['amd/gpustack/rx7800xt.rocm-smi.json', 'amd', 'AMD Radeon RX 7800 XT', 16368],
    ['amd/issues/rocm-smi-broken-gpu.txt', 'amd', 'AMD GPU', null],
    ['ascend/issues/910b4-1.npu-smi-info.txt', 'huawei', 'Ascend 910B4-1', 65536],
    ['intel/issues/b60.xpu-smi-discovery.json', 'intel', 'Intel Arc Pro B60 Graphics', 24480],
    ['apple/index/m2max.system_profiler.json', 'apple', 'Apple M2 Max', null],
    ['other/index/gaudi2.hl-smi.txt', 'habana', 'HL-225', 98304],
    ['other/index/metax-c500.mx-smi.txt', 'metax', 'MetaX C500', 65536],
    ['other/index/mthreads-s5000.mthreads-gmi.txt', 'moorethreads', 'MTT S5000', 81920]
  ])('%s pasted: is told from the look-alikes of other vendors', (file, vendor, name, total) => {
    const { gpus } = detectionFromText(readFileSync(new URL(`fixtures/${file}`, import.meta.url), 'utf8'), 'pasted', AT)
    expect(gpus[0]).toMatchObject({ vendor, name, memory: { totalBytes: total === null ? null : total * MIB } })
    expect(gpus.every((gpu) => gpu.vendor === vendor)).toBe(true)
  })

  it('says that nothing tells what an unknown card can compute', () => {
    const xml = capture('xml/a10g.xml').replaceAll('NVIDIA A10G', 'NVIDIA RTX 9999').replace(/<pci_device_id>.*?</, '<pci_device_id>FFFF10DE<')
    const { gpus, findings } = detect(evidenceOf({ runs: { [REPORT]: xml } }), VENDOR_SUPPORT, AT)
    expect(gpus).toMatchObject([{ name: 'NVIDIA RTX 9999', catalogId: null, computeCapability: null, memory: { totalBytes: 23028 * MIB } }])
    expect(findings).toMatchObject([{ code: 'unknown-device', severity: 'info', vendor: 'nvidia', detail: 'NVIDIA RTX 9999' }])
  })

  it('does not let one vendor’s failure hide another’s device', () => {
    const detection = detect(evidenceOf({
      runs: { [REPORT]: { stdout: capture('failures/no-communication.err.txt'), status: 9 } },
      files: {
        '/sys/class/drm/card1/device/vendor': '0x1002\n',
        '/sys/class/drm/card1/device/uevent': 'DRIVER=amdgpu\nPCI_CLASS=30000\nPCI_ID=1002:744C\nPCI_SLOT_NAME=0000:03:00.0\n',
        '/sys/class/drm/card1/device/mem_info_vram_total': '25753026560\n',
        '/sys/class/drm/card1/device/mem_info_vram_used': '1048576\n'
      }
    }), VENDOR_SUPPORT, AT)
    expect(detection.gpus).toMatchObject([{ vendor: 'amd', memory: { totalBytes: 25753026560 } }])
    expect(detection.findings.map((found) => found.code)).toContain('driver-not-loaded')
  })

  it('reports every probe that ran', () => {
    const { probes } = detect(evidenceOf({ runs: { [REPORT]: ABSENT, 'lspci -nnk -D': '' } }), VENDOR_SUPPORT, AT)
    expect(probes).toMatchObject([{ name: REPORT, vendor: 'nvidia', path: null, outcome: 'not-started', status: null }, { name: 'lspci -nnk -D', vendor: null, outcome: 'exited', status: 0 }])
  })
})
