import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { machineDevices, type Detection } from '#shared/contract/index.ts'
import { systemFiles, vendorCapture } from './fixtures/vendorCaptures.ts'
import { detectHardware } from './index.ts'

/* The whole way: system files under a fake root and tools on PATH that replay captures. */

let folder: string
beforeEach(() => { folder = mkdtempSync(path.join(os.tmpdir(), 'headroom-vendors-')) })
afterEach(() => { rmSync(folder, { recursive: true, force: true }) })

const put = (file: string, text: string): string => {
  const real = path.join(folder, file)
  mkdirSync(path.dirname(real), { recursive: true })
  writeFileSync(real, text)
  return real
}

/** A tool that answers by its arguments, and nothing else. */
function tool (name: string, answers: Readonly<Record<string, string>>): void {
  const cases = Object.entries(answers).map(([args, text], at) => `  "${args}") cat '${put(`answers/${name}-${at}`, text)}' ;;`)
  chmodSync(put(`bin/${name}`, ['#!/bin/sh', 'case "$*" in', ...cases, '  *) echo "unknown: $*" >&2; exit 2 ;;', 'esac'].join('\n')), 0o755)
}

function detect (files: Readonly<Record<string, string>> = {}): Promise<Detection> {
  for (const [file, text] of Object.entries(files)) put(`root${file}`, text)
  mkdirSync(path.join(folder, 'bin'), { recursive: true })
  mkdirSync(path.join(folder, 'root'), { recursive: true })
  return detectHardware({ env: { PATH: `${folder}/bin:/usr/bin:/bin` }, root: `${folder}/root`, pathOnly: true, system: 'linux' })
}

const codes = ({ findings }: Detection): string[] => findings.map(({ code }) => code)

describe.skipIf(process.platform === 'win32')('detectHardware of other vendors', () => {
  it('AMD from sysfs alone, with what the connectors and sensors tell', async () => {
    const detection = await detect({ ...systemFiles('amd/lact-sysfs/rx6900xt.sysfs.json'), '/sys/class/drm/card0-DP-1/enabled': 'disabled\n', '/sys/class/drm/card0-HDMI-A-1/enabled': 'enabled\n' })
    expect(detection.gpus).toMatchObject([{ name: 'AMD Radeon RX 6900 XT', catalogId: 'rx-6900-xt', displayActive: true, temperatureC: 56, powerWatts: 36, powerLimitWatts: 289, utilization: 0.03, memory: { totalBytes: 17163091968, usedBytes: 668274688 } }])
    expect(codes(detection)).toEqual(['amd-no-tool'])
  })

  it('AMD from rocm-smi, where sysfs lacks the sizes', async () => {
    tool('rocm-smi', { '--showproductname --showmeminfo vram --showid --showbus --json': vendorCapture('amd/issues/rx7900xt.rocm-smi.json') })
    const detection = await detect(systemFiles('amd/lact-sysfs/rx7900xtx.sysfs.json'))
    // The same PCI id: the tool lists the only card of the machine.
    expect(detection.gpus).toMatchObject([{ name: 'AMD Radeon RX 7900 XT', catalogId: 'rx-7900-xt', pciBusId: '00000000:03:00.0', memorySource: 'rocm-smi', memory: { totalBytes: 21458059264, usedBytes: 27856896 }, powerWatts: 68 }])
    expect(codes(detection)).toEqual([])
  })

  it('AMD’s partitions, grouped by card and hive', async () => {
    const detection = await detect(systemFiles('amd/kfd/mi308x.kfd-topology.json'))
    expect(detection.gpus).toHaveLength(32)
    expect(detection.gpus.every((gpu) => gpu.kind === 'partition' && gpu.catalogId === null)).toBe(true)
    expect(detection.topology!.islands).toHaveLength(1)
  })

  it('Intel by its list and the details of what it lists', async () => {
    const list = { device_list: [{ device_id: 0, device_name: 'Intel(R) Graphics [0xe211]', pci_bdf_address: '0000:03:00.0' }, { device_id: 1, device_name: 'Intel(R) Graphics [0xe211]', pci_bdf_address: '0000:04:00.0' }] }
    const detail = (id: number): string => vendorCapture('intel/issues/b60.xpu-smi-discovery.json').replace('"device_id": 0', `"device_id": ${id}`)
    tool('xpu-smi', { 'discovery -j': JSON.stringify(list, null, 4), 'discovery -d 0 -j': detail(0), 'discovery -d 1 -j': detail(1) })
    const detection = await detect()
    expect(detection.gpus).toMatchObject([0, 1].map((index) => ({ index, catalogId: 'arc-pro-b60-24gb', pciBusId: `00000000:0${index + 3}:00.0`, memory: { totalBytes: 25669140480, freeBytes: 25447600128 } })))
    expect(codes(detection)).toEqual([])
    expect(detection.probes.filter(({ name }) => name.startsWith('xpu-smi discovery -d')).map(({ name }) => name)).toEqual(['xpu-smi discovery -d 0 -j', 'xpu-smi discovery -d 1 -j'])
  })

  it('Ascend with the names of its mapping', async () => {
    tool('npu-smi', { 'info': vendorCapture('ascend/gpustack/8x-910a-24.1.npu-smi-info.txt'), 'info -m': vendorCapture('ascend/gpustack/910a-24.1.npu-smi-mapping.txt') })
    const detection = await detect()
    expect(detection.gpus).toHaveLength(8)
    expect(detection.gpus[7]).toMatchObject({ name: 'Ascend 910A', catalogId: 'ascend-910a' })
    expect(codes(detection)).toEqual(['device-unhealthy', 'device-unhealthy'])
  })

  it('plans on the card, not on the graphics of the processor beside it', async () => {
    const raphael = { '/sys/class/drm/card1/device/vendor': '0x1002', '/sys/class/drm/card1/device/device': '0x164e', '/sys/class/drm/card1/device/uevent': 'DRIVER=amdgpu\nPCI_ID=1002:164E\nPCI_SLOT_NAME=0000:13:00.0\n', '/sys/class/drm/card1/device/mem_info_vram_total': '536870912', '/sys/class/drm/card1/device/mem_info_vram_used': '400000000', '/sys/class/drm/card1/device/mem_info_gtt_total': '16359882752', '/sys/class/drm/card1/device/mem_info_gtt_used': '900000000' }
    const detection = await detect({ ...systemFiles('amd/lact-sysfs/rx6900xt.sysfs.json'), ...raphael })
    expect(detection.gpus.map((gpu) => gpu.kind)).toEqual(['gpu', 'integrated'])
    expect(machineDevices(detection).map(({ name }) => name)).toEqual(['AMD Radeon RX 6900 XT'])
    expect(codes(await detect(Object.fromEntries(Object.keys(systemFiles('amd/lact-sysfs/rx6900xt.sysfs.json')).map((file) => [file, '']))))).toEqual(['integrated-only'])
  })

  it('several vendors on one machine: one’s failure hides no other', async () => {
    tool('npu-smi', {})
    tool('hl-smi', { '': vendorCapture('other/index/gaudi2.hl-smi.txt') })
    tool('mthreads-gmi', { '': vendorCapture('other/index/mthreads-s5000.mthreads-gmi.txt') })
    const detection = await detect(systemFiles('amd/lact-sysfs/rx580.sysfs.json'))
    expect(detection.gpus.map((gpu) => gpu.vendor)).toEqual(['amd', 'habana', 'habana', 'moorethreads', 'moorethreads', 'moorethreads'])
    expect(detection.findings).toMatchObject([{ code: 'amd-no-tool' }, { code: 'vendor-tool-failed', vendor: 'huawei', detail: 'npu-smi: unknown: info' }, { code: 'unknown-device' }])
  })

  it('Kunlunxin’s tool under the name of Intel’s', async () => {
    const table = '| XPU-SMI               Driver Version: 5.19.0.0     XPU-RT Version: 5.19.0   |\n|   0  P800 OAM           N/A   | 00000000:03:00.0 N/A |                    0 |\n| N/A   35C  N/A     87W / 400W |      0MiB / 98304MiB |      0%      Default |\n'
    tool('xpu-smi', { '': table })
    const detection = await detect()
    expect(detection.gpus).toMatchObject([{ vendor: 'kunlunxin', name: 'P800 OAM', memory: { totalBytes: 96 * 1024 ** 3 } }])
    expect(codes(detection)).toEqual([])
  })
})
