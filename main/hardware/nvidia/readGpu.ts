import type { DetectedGpu, FindingCode, GpuProcess } from '#shared/contract/index.ts'
import { busId } from '../reading/busId.ts'
import { device } from '../reading/device.ts'
import { at, rawAt, valueAt, type Element } from './element.ts'
import { anySize, count, enabled, memorySize, pciDeviceId, quantity, share } from './figures.ts'
import { noNumber } from './noNumber.ts'
import { readMemory } from './readMemory.ts'
import { readMig } from './readMig.ts'
import { sharesMemory } from './sharesMemory.ts'

/** Something about one card that its figures alone do not say. */
export interface Remark {
  readonly code: FindingCode
  readonly gpu: DetectedGpu
  readonly detail: string | null
}

/** One card of the report, XML or listing: what only the catalog or another probe knows is added later. */
export function readGpu (gpu: Element, index: number): { gpu: DetectedGpu, remarks: Remark[] } {
  // Only the card's own figures: with MIG on, slices have elements of the same name.
  const usage = at(gpu, 'fb_memory_usage')
  const memory = readMemory(usage)
  const name = valueAt(gpu, 'product_name') ?? 'NVIDIA GPU'
  const value = (...paths: readonly (readonly string[])[]): string | null => paths.map((path) => valueAt(gpu, ...path)).find((found) => found !== null) ?? null
  const unifiedMemory = sharesMemory(name)
  const found = device('nvidia', index, name, {
    uuid: value(['uuid'], ['gpu_uuid']),
    pciBusId: busId(gpu.id ?? value(['pci', 'pci_bus_id'], ['pci', 'bus_id'])),
    pciDeviceId: pciDeviceId(value(['pci', 'pci_device_id'], ['pci', 'device_id'])),
    kind: /^vgpu$/i.test(value(['gpu_virtualization_mode', 'virtualization_mode']) ?? '') ? 'vgpu' : unifiedMemory ? 'unified' : 'gpu',
    memory,
    memorySource: memory.totalBytes === null ? null : 'nvidia-smi',
    unifiedMemory,
    architecture: value(['product_architecture']),
    displayActive: enabled(value(['display_active'])),
    driverModel: value(['driver_model', 'current_dm'], ['driver_model', 'current']),
    computeMode: value(['compute_mode']),
    eccEnabled: enabled(value(['ecc_mode', 'current_ecc'], ['ecc_mode', 'current'])),
    mig: readMig(gpu),
    processes: readProcesses(gpu),
    temperatureC: quantity(value(['temperature', 'gpu_temp'], ['temperature', 'gpu_current_temp']), 'C'),
    powerWatts: power(gpu, 'power_draw', 'instant_power_draw', 'instantaneous_power_draw', 'average_power_draw'),
    powerLimitWatts: power(gpu, 'current_power_limit', 'power_limit', 'enforced_power_limit'),
    utilization: share(value(['utilization', 'gpu_util'], ['utilization', 'gpu']))
  })
  return { gpu: found, remarks: remarksOf(gpu, found, usage) }
}

function remarksOf (element: Element, gpu: DetectedGpu, usage: Element | null): Remark[] {
  const license = valueAt(element, 'vgpu_software_licensed_product', 'license_status')
  const fabric = valueAt(element, 'fabric', 'state')
  const [total, used, free] = ['total', 'used', 'free'].map((name) => usage === null ? null : rawAt(usage, name))
  const [totalBytes, usedBytes] = [anySize(total ?? null), anySize(used ?? null)]
  const absence = total === null || total === undefined ? null : noNumber(total)
  return [
    ...license !== null && /^unlicensed/i.test(license) ? [{ code: 'unlicensed-vgpu' as const, gpu, detail: null }] : [],
    ...fabric !== null && /^(in progress|not started)$/i.test(fabric) ? [{ code: 'fabric-not-ready' as const, gpu, detail: fabric }] : [],
    ...totalBytes !== null && usedBytes !== null && usedBytes > totalBytes ? [{ code: 'over-committed' as const, gpu, detail: null }] : [],
    ...absence === 'lost' || [used, free].some((text) => text !== null && text !== undefined && noNumber(text) === 'lost') ? [{ code: 'gpu-lost' as const, gpu, detail: null }] : []
  ]
}

/** Null where the driver does not list them at all. */
function readProcesses (gpu: Element): GpuProcess[] | null {
  const list = at(gpu, 'processes')
  if (list === null || !list.closed || list.texts.some((text) => !/^none$/i.test(text) && noNumber(text) !== null)) return null
  return list.children.filter((child) => child.name === 'process_info').flatMap((info) => {
    const pid = count(valueAt(info, 'pid'))
    return pid === null ? [] : [{ pid, name: valueAt(info, 'process_name'), type: valueAt(info, 'type'), usedBytes: memorySize(valueAt(info, 'used_memory')) }]
  })
}

/** Where drivers keep power: from 535, from 610, and before 535. */
const POWER = [['gpu_power_readings'], ['gpu_power_readings', 'gpu_ceiling_power_limit'], ['power_readings']] as const

/** The first of the values that is a figure. */
function power (gpu: Element, ...names: readonly string[]): number | null {
  for (const group of POWER) {
    for (const name of names) {
      const watts = quantity(valueAt(gpu, ...group, name), 'W')
      if (watts !== null) return watts
    }
  }
  return null
}
