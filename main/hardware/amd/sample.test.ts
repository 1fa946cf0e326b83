import { expect, it } from 'vitest'
import { DeviceSampleSchema } from '#shared/contract/index.ts'
import * as v from 'valibot'
import { evidenceOf } from '../fixtures/evidence.ts'
import { systemFiles } from '../fixtures/vendorCaptures.ts'
import { amd, sampleOf } from './index.ts'

const MEMINFO = 'MemTotal:       64000000 kB\nMemFree:         1000000 kB\nMemAvailable:   32000000 kB\n'

it.each(['rx580', 'rx6900xt', 'vega56'])('%s: what the kernel’s files say now, under the key of the detection', (name) => {
  const files = systemFiles(`amd/lact-sysfs/${name}.sysfs.json`)
  const { gpus } = amd.read(evidenceOf({ files }))
  const later = new Map(Object.entries({ ...files, '/sys/class/drm/card0/device/mem_info_vram_used': '2147483648', '/sys/class/drm/card0/device/gpu_busy_percent': '97\n' }))
  const [sample] = sampleOf(later, gpus)
  expect(sample).toMatchObject({ key: gpus[0]!.key, usedBytes: 2147483648, totalBytes: gpus[0]!.memory.totalBytes, freeBytes: gpus[0]!.memory.totalBytes! - 2147483648, utilization: 0.97, temperatureC: gpus[0]!.temperatureC })
  v.parse(DeviceSampleSchema, sample)
})

it('an APU: carve-out and GTT, with no more free than the host has available', () => {
  const files = systemFiles('amd/lact-sysfs/strixpoint.sysfs.json')
  const { gpus } = amd.read(evidenceOf({ files }))
  const [sample] = sampleOf(new Map(Object.entries({ ...files, '/proc/meminfo': MEMINFO.replace('32000000', '1000000') })), gpus)
  expect(sample).toMatchObject({ usedBytes: 514580480 + 3946811392, freeBytes: 536870912 - 514580480 + 1000000 * 1024, utilization: 0.03 })
})

it('a partition: none of the figures of its card', () => {
  const files = { ...systemFiles('amd/kfd/mi308x.kfd-topology.json'), '/sys/class/drm/card1/device/vendor': '0x1002', '/sys/class/drm/card1/device/uevent': 'PCI_ID=1002:74A2\nPCI_SLOT_NAME=0000:0a:00.0\n', '/sys/class/drm/card1/device/mem_info_vram_total': '206141652992', '/sys/class/drm/card1/device/mem_info_vram_used': '1' }
  const { gpus } = amd.read(evidenceOf({ files }))
  expect(sampleOf(new Map(Object.entries(files)), gpus)).toMatchObject([{ key: '00000000:0a:00.0', usedBytes: null, totalBytes: null, utilization: null }])
})

it('nothing for devices that the files no longer show', () => {
  const { gpus } = amd.read(evidenceOf({ files: systemFiles('amd/lact-sysfs/rx580.sysfs.json') }))
  expect(sampleOf(new Map(), gpus)).toEqual([])
})
