import { describe, expect, it } from 'vitest'
import { DetectedGpuSchema, FindingSchema } from '#shared/contract/index.ts'
import * as v from 'valibot'
import type { VendorReading } from '../evidence.ts'
import { ABSENT, evidenceOf } from '../fixtures/evidence.ts'
import { systemFiles, vendorCapture, vendorCaptures } from '../fixtures/vendorCaptures.ts'
import { AMD_SMI_MEMORY, AMD_SMI_STATIC } from './amdSmi.ts'
import { amd } from './index.ts'
import { ROCM_SMI } from './probes.ts'

const fromFiles = (file: string): VendorReading => amd.read(evidenceOf({ files: systemFiles(`amd/${file}`), runs: { [AMD_SMI_STATIC]: ABSENT, [ROCM_SMI]: ABSENT } }))
const fromRocmSmi = (file: string): VendorReading => amd.read(evidenceOf({ runs: { [AMD_SMI_STATIC]: ABSENT, [ROCM_SMI]: vendorCapture(file) } }))
const codes = ({ findings }: VendorReading): string[] => [...new Set(findings.map(({ code }) => code))]
const MIB = 1024 ** 2

describe('sysfs', () => {
  it.each([
    ['lact-sysfs/rx580', 'AMD GPU [1002:67df]', null, 4294967296, 536870912],
    ['lact-sysfs/rx6900xt', 'AMD Radeon RX 6900 XT', 'rx-6900-xt', 17163091968, 668274688],
    ['lact-sysfs/vega56', 'AMD Radeon RX Vega 56', 'rx-vega-56', 8573157376, 16613376],
    ['procfs-drm-card0', 'AMD Radeon RX Vega 64', null, 8573157376, 1490378752]
  ])('%s', (file, name, catalogId, totalBytes, usedBytes) => {
    const { gpus, seen } = fromFiles(`${file}.sysfs.json`)
    expect(gpus).toMatchObject([{ kind: 'gpu', name, catalogId, memorySource: 'sysfs', unifiedMemory: false, memory: { totalBytes, usedBytes, freeBytes: totalBytes - usedBytes, reservedBytes: null } }])
    expect(seen).toBe(true)
  })

  it('takes the small window through which the processor sees the memory for no limit', () => {
    const files = systemFiles('amd/lact-sysfs/vega56.sysfs.json')
    expect(files['/sys/class/drm/card0/device/mem_info_vis_vram_total']).toBe('268435456')
    expect(fromFiles('lact-sysfs/vega56.sysfs.json').gpus[0]!.memory.totalBytes).toBe(8573157376)
  })

  it('takes a card that can map more host memory than it has for no APU', () => {
    const [gpu] = fromFiles('lact-sysfs/rx580.sysfs.json').gpus
    expect(Number(systemFiles('amd/lact-sysfs/rx580.sysfs.json')['/sys/class/drm/card0/device/mem_info_gtt_total'])).toBeGreaterThan(gpu!.memory.totalBytes!)
    expect(gpu).toMatchObject({ unifiedMemory: false, utilization: 0.11, temperatureC: 44, powerWatts: 41.045, powerLimitWatts: 155, pciBusId: '00000000:09:00.0' })
  })

  it('leaves unknown what the files do not say, or takes it from the catalog where one size is sold', () => {
    const ambiguous = fromFiles('lact-sysfs/rx7900xtx.sysfs.json')
    expect(ambiguous.gpus).toMatchObject([{ catalogId: null, memory: { totalBytes: null, usedBytes: null, freeBytes: null }, memorySource: null, pciDeviceId: '1002:744c' }])
    expect(codes(ambiguous)).toEqual(['amd-no-tool', 'incomplete-device'])
    // RX 9070 XT and RX 9070 share the id and have the same memory.
    expect(fromFiles('lact-sysfs/rx9070xt.sysfs.json').gpus).toMatchObject([{ catalogId: null, memory: { totalBytes: 16 * 1024 ** 3, usedBytes: null, freeBytes: null }, memorySource: 'catalog' }])
  })

  it('names a card by its revision from the list of libdrm', () => {
    const list = 'List of AMDGPU IDs\n# Syntax:\n744C,\tC8,\tAMD Radeon RX 7900 XTX\n744C,\tCC,\tAMD Radeon RX 7900 XT\n'
    const files = { ...systemFiles('amd/lact-sysfs/rx7900xtx.sysfs.json'), '/sys/class/drm/card0/device/revision': '0xc8\n', '/usr/share/libdrm/amdgpu.ids': list }
    expect(amd.read(evidenceOf({ files })).gpus).toMatchObject([{ name: 'AMD Radeon RX 7900 XTX', catalogId: 'rx-7900-xtx', memory: { totalBytes: 24 * 1024 ** 3 }, memorySource: 'catalog' }])
  })

  it('says that a suspended card was not woken', () => {
    const files = { ...systemFiles('amd/lact-sysfs/rx6900xt.sysfs.json'), '/sys/class/drm/card0/device/power/runtime_status': 'suspended\n' }
    const reading = amd.read(evidenceOf({ files }))
    expect(reading.gpus).toMatchObject([{ asleep: true }])
    expect(codes(reading)).toContain('gpu-asleep')
  })
})

describe('APUs', () => {
  it.each([
    ['lact-sysfs/strixpoint', 'unified', 536870912, 514580480, 16441004032, 3946811392, 'gfx1150'],
    ['lact-sysfs/phoenix', 'unified', 4294967296, 1272893440, 31433977856, 211398656, 'gfx1103'],
    ['glances-amdgpu', 'unified', 2147483648, 79949824, 17179869184, 79949824, null]
  ])('%s: carve-out and GTT are one pool', (file, kind, vram, vramUsed, gtt, gttUsed, architecture) => {
    const reading = fromFiles(`${file}.sysfs.json`)
    expect(reading.gpus).toMatchObject([{
      kind, architecture, unifiedMemory: true, memorySource: 'sysfs',
      memory: { totalBytes: vram + gtt, usedBytes: vramUsed + gttUsed, freeBytes: vram - vramUsed + gtt - gttUsed }
    }])
    expect(codes(reading)).toContain('unified-memory')
  })

  it('offers no more through GTT than the host has available', () => {
    const files = systemFiles('amd/lact-sysfs/phoenix.sysfs.json')
    const [gpu] = amd.read(evidenceOf({ files, host: { ramFreeBytes: 2 * 1024 ** 3 } })).gpus
    expect(gpu!.memory.freeBytes).toBe(4294967296 - 1272893440 + 2 * 1024 ** 3)
    const [unknown] = amd.read(evidenceOf({ files, host: { ramTotalBytes: 0, ramFreeBytes: 0 } })).gpus
    expect(unknown!.memory.freeBytes).toBeNull()
  })

  it('Van Gogh: known to KFD alone', () => {
    expect(fromFiles('lact-sysfs/vangogh.sysfs.json').gpus).toMatchObject([{ kind: 'integrated', unifiedMemory: true, architecture: 'gfx1033', memory: { totalBytes: 8589934592, freeBytes: null } }])
  })
})

describe('KFD', () => {
  it('8 MI210 in two XGMI islands, with the catalog’s memory', () => {
    const { gpus, topology } = fromFiles('kfd/mi210-xgmi-pcie.kfd-topology.json')
    expect(gpus).toHaveLength(8)
    for (const gpu of gpus) expect(gpu).toMatchObject({ name: 'AMD Instinct MI210', catalogId: 'mi210', architecture: 'gfx90a', kind: 'gpu', memorySource: 'catalog', memory: { totalBytes: 64 * 1024 ** 3, freeBytes: null } })
    expect(gpus[0]).toMatchObject({ pciBusId: '00000000:63:00.0', uuid: 'GPU-1901ead3a2ecd4a6' })
    expect(topology!.islands.map((island) => island.length)).toEqual([4, 4])
    expect(topology!.links).toHaveLength(12)
    expect(new Set(topology!.links.map(({ kind }) => kind))).toEqual(new Set(['xgmi']))
    expect(topology!.islands.flat().every((key) => gpus.some((gpu) => gpu.key === key))).toBe(true)
  })

  it('MI308X in four partitions a card, each with its share', () => {
    const { gpus, topology } = fromFiles('kfd/mi308x.kfd-topology.json')
    expect(gpus).toHaveLength(32)
    expect(new Set(gpus.map((gpu) => gpu.cardKey)).size).toBe(8)
    expect(new Set(gpus.map((gpu) => gpu.key)).size).toBe(32)
    for (const gpu of gpus) {
      expect(gpu).toMatchObject({ kind: 'partition', uuid: null, name: 'AMD Instinct MI308X', memorySource: 'sysfs' })
      expect(gpu.memory.totalBytes).toBeGreaterThanOrEqual(51522830336)
      expect(gpu.memory.totalBytes).toBeLessThanOrEqual(51539607552)
    }
    expect(topology!.islands).toHaveLength(1)
  })

  it('MI300X in eight partitions a card, whose memory the snapshot lacks', () => {
    const reading = fromFiles('kfd/mi300x-cpx.kfd-topology.json')
    // One of the 64 was not published.
    expect(reading.gpus).toHaveLength(63)
    expect(new Set(reading.gpus.map((gpu) => gpu.cardKey)).size).toBe(8)
    expect(reading.gpus.every((gpu) => gpu.kind === 'partition' && gpu.memory.totalBytes === null)).toBe(true)
    expect(codes(reading)).toEqual(['amd-no-tool', 'incomplete-device'])
  })

  it('takes the figures of the whole card for those of no partition', () => {
    const files = {
      ...systemFiles('amd/kfd/mi300x-cpx.kfd-topology.json'),
      '/sys/class/drm/card1/device/vendor': '0x1002', '/sys/class/drm/card1/device/uevent': 'DRIVER=amdgpu\nPCI_ID=1002:74A1\nPCI_SLOT_NAME=0000:05:00.0\n',
      '/sys/class/drm/card1/device/mem_info_vram_total': '206141652992', '/sys/class/drm/card1/device/mem_info_vram_used': '300000000'
    }
    const own = amd.read(evidenceOf({ files })).gpus.filter((gpu) => gpu.pciBusId?.startsWith('00000000:05:00.'))
    expect(own).toHaveLength(8)
    for (const gpu of own) expect(gpu.memory).toEqual({ totalBytes: null, reservedBytes: null, usedBytes: null, freeBytes: null })
  })

  it('two cards that an old kernel puts in one place', () => {
    const { gpus } = fromFiles('kfd/topology-parsing.kfd-topology.json')
    expect(gpus).toMatchObject([{ kind: 'gpu', cardKey: null, memory: { totalBytes: 17163091968 } }, { kind: 'gpu', memory: { totalBytes: 17163091968 } }])
    expect(new Set(gpus.map((gpu) => gpu.key)).size).toBe(2)
  })
})

describe('rocm-smi', () => {
  it.each([
    ['telegraf-rocm-smi/rx6700xt_rocm430.json', 1, 'AMD Radeon RX 6750 XT / AMD Radeon RX 6700 XT', null, 12868124672, 1622728704],
    ['telegraf-rocm-smi/rx6700xt_rocm571.json', 1, 'Navi 22 [Radeon RX 6700/6700 XT / 6800M]', null, 12868124672, 1564491776],
    ['telegraf-rocm-smi/rx6700xt_rocm602.json', 1, 'AMD Radeon RX 6700 XT', 'rx-6700-xt', 12868124672, 1572757504],
    ['telegraf-rocm-smi/rx6700xt_rocm612.json', 1, 'AMD Radeon RX 6700 XT', 'rx-6700-xt', 12868124672, 1572745216],
    ['telegraf-rocm-smi/mi100_rocm571.json', 6, 'AMD Instinct MI100', 'mi100', 34342961152, 6782976],
    ['telegraf-rocm-smi/mi100_rocm602.json', 4, 'AMD Instinct MI100', 'mi100', 34342961152, 6750208],
    ['telegraf-rocm-smi/vega-10-XT.json', 1, 'AMD GPU [1002:6861]', null, 17163091968, 17776640],
    ['telegraf-rocm-smi/vega-20-WKS-GL-XE.json', 1, 'Radeon Instinct MI50 32GB', 'mi50-32gb', 34342961152, 10850304],
    ['gpustack/rx7800xt.rocm-smi.json', 1, 'AMD Radeon RX 7800 XT', 'rx-7800-xt', 17163091968, 11615076352],
    ['issues/rx7900xt.rocm-smi.json', 1, 'AMD Radeon RX 7900 XT', 'rx-7900-xt', 21458059264, 27856896],
    ['issues/rx7900xt.rocm-smi.csv', 1, 'AMD Radeon RX 7900 XT', 'rx-7900-xt', 21458059264, 27856896]
  ])('%s', (file, count, name, catalogId, totalBytes, usedBytes) => {
    const reading = fromRocmSmi(`amd/${file}`)
    expect(reading.gpus).toHaveLength(count)
    expect(reading.gpus[0]).toMatchObject({ vendor: 'amd', index: 0, name, catalogId, memorySource: 'rocm-smi', memory: { totalBytes, usedBytes, freeBytes: totalBytes - usedBytes } })
    expect(reading.findings).toEqual([])
  })

  it('agrees with what another tool saw on the same card', () => {
    const other = (JSON.parse(vendorCapture('other/gpustack-runtime/amd_rx7800xt.detect.json')) as { uuid: string, name: string, memory: number, compute_capability: string }[])[0]!
    expect(fromRocmSmi('amd/gpustack/rx7800xt.rocm-smi.json').gpus[0]).toMatchObject({ uuid: other.uuid, name: other.name, architecture: other.compute_capability, memory: { totalBytes: other.memory * MIB } })
  })

  it('reads the lines of -a and the short table, which have no sizes', () => {
    const lines = fromRocmSmi('amd/gls/MI300X_x4.a.table.txt')
    expect(lines.gpus.map((gpu) => [gpu.uuid, gpu.pciBusId, gpu.powerWatts])).toEqual([
      ['GPU-8d1457e2c20f59d2', '00000000:26:00.0', 133], ['GPU-b4fa34630e85d42a', '00000000:46:00.0', 130], ['GPU-e8986800e182538a', '00000000:65:00.0', 131], ['GPU-eff71edc82169115', '00000000:85:00.0', 136]
    ])
    for (const [file, count] of [['MI300X', 1], ['MI300X_x4', 4]] as const) {
      const { gpus } = fromRocmSmi(`amd/gls/${file}.table.txt`)
      expect(gpus).toHaveLength(count)
      expect(gpus[0]).toMatchObject({ name: 'AMD Instinct MI300X', catalogId: 'mi300x', memorySource: 'catalog', memory: { totalBytes: 206141652992, usedBytes: null, freeBytes: null } })
    }
  })

  it('counts entries with one bus id as the partitions of a card', () => {
    for (const { gpus } of [fromRocmSmi('amd/ceems/cpx.rocm-smi.json'), amd.read(evidenceOf({ runs: { [AMD_SMI_STATIC]: vendorCapture('amd/ceems/cpx.amd-smi-static.json') } }))]) {
      const cards = Map.groupBy(gpus, (gpu) => gpu.cardKey)
      expect([...cards].filter(([card]) => card !== null).map(([, parts]) => parts.length)).toEqual([8, 2])
      expect(cards.get(null)!.every((gpu) => gpu.kind === 'gpu')).toBe(true)
      expect(new Set(gpus.map((gpu) => gpu.key)).size).toBe(gpus.length)
      expect(gpus.every((gpu) => gpu.memory.totalBytes === null)).toBe(true)
    }
  })

  it('takes the load of the memory controller for no occupancy', () => {
    expect(fromRocmSmi('amd/issues/2x-rx6800.rocm-smi-memuse.json').gpus).toMatchObject([{ memory: { totalBytes: null, usedBytes: null } }, { memory: { totalBytes: null, usedBytes: null } }])
  })

  it('tells of a card that hangs', () => {
    const reading = fromRocmSmi('amd/issues/rocm-smi-broken-gpu.txt')
    expect(codes(reading)).toEqual(['amd-hung', 'incomplete-device'])
    expect(reading.gpus).toMatchObject([{ memory: { totalBytes: null } }])
  })

  it('reads the answer after a warning', () => {
    const warned = `${vendorCapture('amd/issues/strix-halo-lowpower-warning.stderr.txt')}\n${vendorCapture('amd/issues/rx7900xt.rocm-smi.json')}`
    expect(amd.read(evidenceOf({ runs: { [ROCM_SMI]: warned } })).gpus).toMatchObject([{ memory: { totalBytes: 21458059264 } }])
    for (const said of [vendorCapture('amd/issues/strix-halo-lowpower-warning.stderr.txt'), 'WARNING: No JSON data to report\n']) {
      expect(codes(amd.read(evidenceOf({ runs: { [ROCM_SMI]: said } })))).toEqual(['vendor-tool-failed'])
    }
  })

  it('leaves Hygon’s copy to Hygon', () => {
    for (const file of ['hygon/gpustack/dcu.rocm-smi.json', 'hygon/flagperf/8x-dcu.rocm-smi.txt']) expect(fromRocmSmi(file)).toMatchObject({ gpus: [], findings: [], seen: false })
  })
})

describe('amd-smi', () => {
  const static7 = JSON.stringify({ gpu_data: [{ gpu: 0, asic: { market_name: 'AMD Instinct MI300X', vendor_id: '0x1002', device_id: '0x74a1', asic_serial: '0x6F1F0A2B3C4D5E6F', target_graphics_version: 'gfx942' }, bus: { bdf: '0000:83:00.0' }, vram: { type: 'HBM3', size: { value: 196592, unit: 'MB' } } }] })
  const memory7 = JSON.stringify({ gpu_data: [{ gpu: 0, mem_usage: { total_vram: { value: 196592, unit: 'MB' }, used_vram: { value: 283, unit: 'MB' }, free_vram: { value: 196309, unit: 'MB' }, total_gtt: 'N/A', used_gtt: 'N/A' } }] })
  const expected = { name: 'AMD Instinct MI300X', catalogId: 'mi300x', architecture: 'gfx942', uuid: 'GPU-6f1f0a2b3c4d5e6f', pciBusId: '00000000:83:00.0', memorySource: 'amd-smi', memory: { totalBytes: 196592 * MIB, usedBytes: 283 * MIB, freeBytes: 196309 * MIB } }

  it('ROCm 7: an object with gpu_data, after a warning', () => {
    const warning = 'WARNING: User is missing the following required groups: render, video. Please add user to these groups.\n'
    const reading = amd.read(evidenceOf({ runs: { [AMD_SMI_STATIC]: warning + static7, [AMD_SMI_MEMORY]: warning + memory7 } }))
    expect(reading.gpus).toMatchObject([expected])
    expect(reading.findings).toMatchObject([{ code: 'amd-groups', detail: expect.stringContaining('render, video') as unknown }])
  })

  it('ROCm 6: an array, with plain numbers', () => {
    const old = (text: string): string => JSON.stringify((JSON.parse(text) as { gpu_data: unknown }).gpu_data).replaceAll(/\{"value":(\d+),"unit":"MB"\}/g, '$1')
    expect(old(memory7)).toContain('"total_vram":196592')
    expect(amd.read(evidenceOf({ runs: { [AMD_SMI_STATIC]: old(static7), [AMD_SMI_MEMORY]: old(memory7) } })).gpus).toMatchObject([expected])
  })

  it('without JSON: sections and values', () => {
    const read = (file: string): VendorReading => amd.read(evidenceOf({ runs: { [AMD_SMI_STATIC]: vendorCapture(file) } }))
    // The market's name, not the board's.
    expect(read('amd/issues/mi350x.amd-smi-static.txt').gpus).toMatchObject([{ name: 'AMD Instinct MI350X', catalogId: 'mi350x', pciBusId: '00000000:05:00.0', architecture: 'gfx950', memorySource: 'catalog', memory: { totalBytes: 288 * 1024 ** 3 } }])
    expect(read('amd/amdsmi-changelog/static-asic.txt').gpus).toMatchObject([{ name: 'MI308X', catalogId: 'mi308x', architecture: 'gfx942' }])
    expect(read('amd/amdsmi-changelog/list.txt').gpus).toMatchObject([{ pciBusId: '00000000:23:00.0' }, { pciBusId: '00000000:26:00.0' }])
  })

  it('falls back to the kernel’s files when it fails, and says why', () => {
    const files = systemFiles('amd/lact-sysfs/rx6900xt.sysfs.json')
    const reading = amd.read(evidenceOf({ files, runs: { [AMD_SMI_STATIC]: { status: 1, stderr: 'User is missing the following required groups: render, video' }, [ROCM_SMI]: ABSENT } }))
    expect(reading.gpus).toMatchObject([{ memory: { totalBytes: 17163091968 } }])
    expect(codes(reading)).toEqual(['amd-groups'])
    const crashed = amd.read(evidenceOf({ files, runs: { [AMD_SMI_STATIC]: { status: 1, stderr: 'Traceback (most recent call last):\nAmdSmiLibraryException' }, [ROCM_SMI]: ABSENT } }))
    expect(codes(crashed)).toEqual(['vendor-tool-failed'])
    expect(codes(amd.read(evidenceOf({ files, runs: { [AMD_SMI_STATIC]: { outcome: 'timed-out', status: null }, [ROCM_SMI]: ABSENT } })))).toEqual(['timed-out'])
  })

  it('joins the tool’s name and number with the kernel’s memory', () => {
    const files = systemFiles('amd/lact-sysfs/rx6900xt.sysfs.json')
    const answer = JSON.stringify([{ gpu: 3, asic: { market_name: 'AMD Radeon RX 6900 XT', device_id: '0x73bf' }, bus: { bdf: '0000:0C:00.0' } }])
    expect(amd.read(evidenceOf({ files, runs: { [AMD_SMI_STATIC]: answer } })).gpus).toMatchObject([{ index: 3, name: 'AMD Radeon RX 6900 XT', memorySource: 'sysfs', memory: { usedBytes: 668274688 } }])
  })

  it.each(['monitor-ptumv.txt', 'monitor-q.txt', 'version.txt', 'topology.txt'])('explains that %s is no answer', (file) => {
    const reading = amd.read(evidenceOf({ runs: { [AMD_SMI_STATIC]: vendorCapture(`amd/amdsmi-changelog/${file}`) } }))
    expect(reading.gpus).toEqual([])
    expect(codes(reading)).toEqual(['vendor-tool-failed'])
  })
})

describe('what other programs print', () => {
  it.each([...vendorCaptures('{amd,hygon}/**/*.rocminfo.txt'), 'amd/amdgpu_top.sample.json', 'other/llm-checker-double-count.txt', 'other/strix-halo-llama-list-devices.txt', 'other/beszel-hybrid-laptop.nvtop.json'])('%s is explained and counted as no card', (file) => {
    const reading = fromRocmSmi(file)
    expect(reading.gpus).toEqual([])
    expect(codes(reading)).toEqual(['vendor-tool-failed'])
  })
})

it('is valid for every capture, whatever it is taken for', () => {
  const texts = vendorCaptures('{amd,hygon}/**/*.*').filter((file) => !file.endsWith('manifest.jsonl'))
  expect(texts.length).toBeGreaterThan(45)
  for (const file of texts) {
    for (const name of [AMD_SMI_STATIC, AMD_SMI_MEMORY, ROCM_SMI]) {
      const { gpus, findings } = amd.read(evidenceOf({ runs: { [name]: vendorCapture(file) } }))
      for (const gpu of gpus) v.parse(DetectedGpuSchema, gpu)
      for (const finding of findings) v.parse(FindingSchema, finding)
    }
  }
})

it('tells of a card without a driver, or given to a virtual machine', () => {
  const card = (driver: string): Record<string, string> => ({ '/sys/bus/pci/devices/0000:03:00.0/uevent': `${driver}PCI_CLASS=30000\nPCI_ID=1002:744C\nPCI_SLOT_NAME=0000:03:00.0\n` })
  expect(codes(amd.read(evidenceOf({ files: card('') })))).toEqual(['card-without-driver'])
  expect(codes(amd.read(evidenceOf({ files: card('DRIVER=vfio-pci\n') })))).toEqual(['passed-through'])
  expect(amd.read(evidenceOf({}))).toMatchObject({ gpus: [], findings: [], seen: false })
})

it('tells that a variable hides devices', () => {
  const files = systemFiles('amd/kfd/mi210-xgmi-pcie.kfd-topology.json')
  expect(amd.read(evidenceOf({ files, variables: { HIP_VISIBLE_DEVICES: '0,1' } })).findings).toContainEqual(expect.objectContaining({ code: 'hidden-devices', detail: 'HIP_VISIBLE_DEVICES=0,1' }))
})

it('knows a partition that was given to a container alone by its smaller memory', () => {
  const all = systemFiles('amd/kfd/mi308x.kfd-topology.json')
  const files = {
    ...Object.fromEntries(Object.entries(all).filter(([file]) => file.includes('/nodes/2/'))),
    '/sys/class/drm/card1/device/vendor': '0x1002', '/sys/class/drm/card1/device/uevent': 'PCI_ID=1002:74A2\nPCI_SLOT_NAME=0000:0a:00.0\n',
    '/sys/class/drm/card1/device/mem_info_vram_total': '206141652992', '/sys/class/drm/card1/device/mem_info_vram_used': '1000000'
  }
  expect(amd.read(evidenceOf({ files })).gpus).toMatchObject([{ kind: 'partition', memory: { totalBytes: 51539607552, usedBytes: null } }])
})

it('tells chips apart that share their unique id', () => {
  const files = Object.fromEntries(Object.entries(systemFiles('amd/kfd/mi210-xgmi-pcie.kfd-topology.json')).map(([file, text]) => [file, text.replace(/unique_id \d+/, 'unique_id 1801979520617338022')]))
  const { gpus, topology } = amd.read(evidenceOf({ files }))
  expect(new Set(gpus.map((gpu) => gpu.key)).size).toBe(8)
  expect(gpus[0]).toMatchObject({ uuid: null, key: '00000000:63:00.0', kind: 'gpu' })
  expect(topology!.islands.map((island) => island.length)).toEqual([4, 4])
})
