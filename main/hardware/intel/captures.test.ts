import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { DetectedGpuSchema, FindingSchema } from '#shared/contract/index.ts'
import type { VendorReading } from '../evidence.ts'
import { ABSENT, evidenceOf } from '../fixtures/evidence.ts'
import { systemFiles, vendorCapture, vendorCaptures } from '../fixtures/vendorCaptures.ts'
import { intel, sampleOf } from './index.ts'
import { detailName, INTEL_PROBES, XPU_SMI_DUMP, XPU_SMI_LIST, XPU_SMI_TABLE } from './probes.ts'

const MIB = 1024 ** 2
const codes = ({ findings }: VendorReading): string[] => findings.map(({ code }) => code)
const fromFiles = (file: string): VendorReading => intel.read(evidenceOf({ files: systemFiles(`intel/lact-sysfs/${file}.sysfs.json`), runs: { [XPU_SMI_LIST]: ABSENT } }))
const fromRun = (file: string, name = XPU_SMI_LIST): VendorReading => intel.read(evidenceOf({ runs: { [name]: vendorCapture(`intel/${file}`) } }))

describe('the kernel’s files, which do not tell how much memory there is', () => {
  it.each([
    ['b580', '00000000:09:00.0'],
    ['b580-6.16', '00000000:0b:00.0']
  ])('%s: the size sold under its PCI id', (file, pciBusId) => {
    const reading = fromFiles(file)
    expect(reading.gpus).toMatchObject([{ name: 'Intel Arc B580 Graphics', catalogId: 'arc-b580', kind: 'gpu', pciBusId, pciDeviceId: '8086:e20b', memory: { totalBytes: 12216 * MIB, usedBytes: null, freeBytes: null }, memorySource: 'catalog' }])
    expect(codes(reading)).toEqual(['intel-no-memory'])
  })

  it.each(['a380-i915', 'a380-xe'])('%s: unknown stays unknown', (file) => {
    const reading = fromFiles(file)
    expect(reading.gpus).toMatchObject([{ name: 'Intel GPU [8086:56a5]', catalogId: null, kind: 'gpu', memory: { totalBytes: null }, memorySource: null }])
    expect(codes(reading)).toEqual(['intel-no-memory'])
  })

  it('guesses no size where a PCI id is sold with two', () => {
    const files = { '/sys/class/drm/card0/device/vendor': '0x8086', '/sys/class/drm/card0/device/uevent': 'PCI_ID=8086:56A0\nPCI_SLOT_NAME=0000:03:00.0\n' }
    expect(intel.read(evidenceOf({ files })).gpus).toMatchObject([{ catalogId: null, memory: { totalBytes: null } }])
  })

  it('reads the memory of each tile where the kernel tells it', () => {
    const files = { ...systemFiles('intel/lact-sysfs/b580.sysfs.json'), '/sys/class/drm/card1/device/tile0/physical_vram_size_bytes': '12809404416\n' }
    const reading = intel.read(evidenceOf({ files }))
    expect(reading.gpus).toMatchObject([{ memorySource: 'sysfs', memory: { totalBytes: 12809404416 } }])
    expect(codes(reading)).toEqual([])
  })

  it.each(['cometlake', 'tigerlake'])('%s is built into the processor', (file) => {
    expect(fromFiles(file)).toMatchObject({ gpus: [{ kind: 'integrated', unifiedMemory: true, memory: { totalBytes: null } }], findings: [] })
  })

  it('samples heat', () => {
    const { gpus } = fromFiles('a380-i915')
    expect(sampleOf(new Map(Object.entries(systemFiles('intel/lact-sysfs/a380-i915.sysfs.json'))), gpus)).toEqual([{ key: gpus[0]!.key, usedBytes: null, freeBytes: null, totalBytes: null, utilization: null, temperatureC: 55, powerWatts: null }])
  })
})

describe('xpu-smi', () => {
  it('1.x: byte counts as text, and a name that is only a PCI id; the answer is cut', () => {
    const reading = fromRun('issues/b60.xpu-smi-discovery.json')
    expect(reading.gpus).toMatchObject([{ name: 'Intel Arc Pro B60 Graphics', catalogId: 'arc-pro-b60-24gb', eccEnabled: false, memorySource: 'xpu-smi', memory: { totalBytes: 24480 * MIB, freeBytes: 25447600128, usedBytes: 24480 * MIB - 25447600128 } }])
    expect(codes(reading)).toEqual([])
  })

  it('2.0: a table like nvidia-smi’s, the name on two lines', () => {
    const { gpus, findings } = fromRun('issues/a770.xpu-smi-v2.table.txt', XPU_SMI_TABLE)
    expect(gpus).toMatchObject([{ index: 0, name: 'Intel(R) Arc(TM) A770 Graphics', catalogId: 'arc-a770-16gb', pciBusId: '00000000:03:00.0', powerWatts: 45, powerLimitWatts: 190, utilization: null, memory: { totalBytes: 16288 * MIB, usedBytes: 3642 * MIB } }])
    expect(findings).toEqual([])
  })

  it('the list without sizes, as JSON and as a panel', () => {
    for (const file of ['discovery.json', 'discovery.txt']) {
      const reading = fromRun(`xpumanager/${file}`)
      // The UUID is made of the PCI id alone.
      expect(reading.gpus).toMatchObject([{ name: 'Intel GPU [8086:020a]', uuid: null, pciBusId: '00000000:4d:00.0', memory: { totalBytes: null } }])
      expect(codes(reading)).toEqual(['intel-no-memory'])
    }
  })

  it('details of each device joined to the list', () => {
    const detail = vendorCapture('intel/xpumanager/discovery-detail.txt')
    expect(fromRun('xpumanager/discovery-detail.txt').gpus).toMatchObject([{ memory: { totalBytes: 32768 * MIB }, eccEnabled: true }])
    const reading = intel.read(evidenceOf({ runs: { [XPU_SMI_LIST]: vendorCapture('intel/xpumanager/discovery.json'), [detailName(0)]: detail } }))
    expect(reading.gpus).toMatchObject([{ pciBusId: '00000000:4d:00.0', memory: { totalBytes: 32768 * MIB } }])
    const json = '{ "device_id": 0, "memory_physical_size_byte": "34359738368", "memory_free_size_byte": "34000000000" }'
    expect(intel.read(evidenceOf({ runs: { [XPU_SMI_LIST]: vendorCapture('intel/xpumanager/discovery.json'), [detailName(0)]: json } })).gpus)
      .toMatchObject([{ memory: { totalBytes: 32768 * MIB, freeBytes: 34000000000, usedBytes: 359738368 } }])
  })

  it('CSV with quoted cells', () => {
    expect(fromRun('xpumanager/discovery-dump.csv', XPU_SMI_DUMP).gpus).toMatchObject([{ catalogId: 'flex-170', memorySource: 'catalog' }, { index: 1, catalogId: 'flex-170' }])
    const dump = 'Device ID,Device Name,PCI BDF Address,Memory Physical Size\n0,"Intel(R) Graphics [0xe211]","0000:03:00.0","24480.00 MiB"\n'
    expect(intel.read(evidenceOf({ runs: { [XPU_SMI_DUMP]: dump } })).gpus).toMatchObject([{ catalogId: 'arc-pro-b60-24gb', pciBusId: '00000000:03:00.0', memory: { totalBytes: 24480 * MIB } }])
  })

  it('joined with the kernel’s card by its place', () => {
    const list = JSON.stringify({ device_list: [{ device_id: 0, device_name: 'Intel(R) Graphics [0xe20b]', pci_bdf_address: '0000:09:00.0', memory_physical_size_byte: '12809404416' }] })
    expect(intel.read(evidenceOf({ files: systemFiles('intel/lact-sysfs/b580.sysfs.json'), runs: { [XPU_SMI_LIST]: list } })).gpus)
      .toMatchObject([{ name: 'Intel Arc B580 Graphics', memorySource: 'xpu-smi', powerLimitWatts: 190, memory: { totalBytes: 12809404416 } }])
  })

  it.each(vendorCaptures('intel/xpumanager/{stats,ps,topology,dump-d}*'))('%s lists no devices, which is explained', (file) => {
    expect(fromRun(file.replace('intel/', ''))).toMatchObject({ gpus: [], findings: [{ code: 'vendor-tool-failed', vendor: 'intel' }] })
  })

  it.each(['issues/b580.nvtop.json', 'netdata-intel_gpu_top.json'])('%s is another tool’s', (file) => {
    expect(fromRun(file)).toMatchObject({ gpus: [], findings: [{ code: 'vendor-tool-failed' }] })
  })

  it('that is Kunlunxin’s is none of Intel’s', () => {
    const banner = '| XPU-SMI               Driver Version: 5.19.0.0     XPU-RT Version: 5.19.0   |\n'
    expect(intel.read(evidenceOf({ runs: { [XPU_SMI_TABLE]: banner, [XPU_SMI_LIST]: { status: 1, stderr: 'unknown command discovery' } } }))).toMatchObject({ gpus: [], findings: [], seen: false })
  })

  it('that fails or hangs leaves the kernel’s files', () => {
    const files = systemFiles('intel/lact-sysfs/b580.sysfs.json')
    expect(codes(intel.read(evidenceOf({ files, runs: { [XPU_SMI_LIST]: { status: 1, stderr: 'Error: Level Zero Initialization Error' } } })))).toEqual(['vendor-tool-failed', 'intel-no-memory'])
    expect(codes(intel.read(evidenceOf({ files, runs: { [XPU_SMI_LIST]: { outcome: 'timed-out', status: null } } })))).toEqual(['timed-out', 'intel-no-memory'])
  })

  it('asks for the details of a device only when it is listed', () => {
    const list = vendorCapture('intel/xpumanager/discovery.json')
    const asked = INTEL_PROBES.filter(({ after }) => after?.probe === XPU_SMI_LIST && new RegExp(after.matching, 'm').test(list)).map(({ name }) => name)
    expect(asked).toEqual([XPU_SMI_DUMP, detailName(0)])
  })
})

it('is valid for every capture, whatever it is taken for', () => {
  for (const file of vendorCaptures('intel/**/*.*').filter((name) => !name.endsWith('manifest.jsonl'))) {
    for (const name of [XPU_SMI_TABLE, XPU_SMI_LIST, XPU_SMI_DUMP, detailName(0)]) {
      const { gpus, findings } = intel.read(evidenceOf({ runs: { [name]: vendorCapture(file) } }))
      for (const gpu of gpus) v.parse(DetectedGpuSchema, gpu)
      for (const finding of findings) v.parse(FindingSchema, finding)
    }
  }
})
