import { capacityOf, featuresOf, featuresOfCapability, findGpu, UNKNOWN_FEATURES } from '../catalog/index.ts'
import type { Target, TargetDevice, TargetHost } from '../fit/index.ts'
import { bytes } from '../units/index.ts'
import type { Detection } from './hardware.ts'
import { machineDevices, machineHost } from './machineDevices.ts'
import type { Machine, MachineRef, PaperDevices } from './machines.ts'
import type { SavedTarget, TargetSource } from './savedTarget.ts'

/** What references of a target mean now. */
export interface TargetContext {
  /** The last reading of a machine; null when there is none. */
  readonly detectionOf: (machine: MachineRef) => Detection | null
  /** The saved machine; null when it was removed. */
  readonly machineById: (id: string) => Machine | null
}

export interface ResolvedTarget {
  readonly target: Target
  /** Sources that mean nothing now: a machine not looked at or without cards, a card or machine that is not known. */
  readonly missing: readonly TargetSource[]
}

/** The devices and hosts that a saved target stands for. */
export function resolveTarget (saved: SavedTarget, context: TargetContext): ResolvedTarget {
  const found = saved.sources.map((source) => ({ source, ...resolve(source, context) }))
  const devices = found.flatMap((one) => one.devices)
  const counts = new Map<string, number>()
  const unique = devices.map((device) => {
    const before = counts.get(device.id) ?? 0
    counts.set(device.id, before + 1)
    return before === 0 ? device : { ...device, id: `${device.id}#${before}` }
  })
  return {
    target: {
      devices: saved.memory === 'free' ? unique : unique.map((device) => ({ ...device, free: device.capacity, holders: [] })),
      reserve: saved.reserve,
      hosts: found.flatMap((one) => one.hosts)
    },
    missing: found.filter((one) => one.devices.length === 0).map((one) => one.source)
  }
}

interface Found {
  readonly devices: readonly TargetDevice[]
  readonly hosts: readonly TargetHost[]
}

const NOTHING: Found = { devices: [], hosts: [] }

function resolve (source: TargetSource, { detectionOf, machineById }: TargetContext): Found {
  switch (source.kind) {
    case 'catalog': return { ...NOTHING, devices: paperDevices({ gpuId: source.gpuId, name: source.gpuId, memoryBytes: null, count: 1 }) }
    case 'machine': {
      const detection = detectionOf(source.machine)
      if (!detection) return NOTHING
      const devices = machineDevices(detection, source.machine)
      const used = source.devices ? devices.filter(({ id }) => source.devices!.includes(id)) : devices
      // Where no card runs the plan, neither RAM nor disk is asked of the machine.
      return { devices: used, hosts: used.length > 0 ? [machineHost(detection)] : [] }
    }
    case 'paper': {
      const saved = machineById(source.id)
      if (saved?.machine.kind !== 'paper') return NOTHING
      const { name, devices, ramBytes, diskBytes } = saved.machine
      const paper = devices.flatMap(paperDevices).map((device, i) => ({ ...device, id: `${source.id}/${i}`, machine: name }))
      const host: TargetHost = { name, ramTotal: ramBytes === null ? null : bytes(ramBytes), ramFree: ramBytes === null ? null : bytes(ramBytes), diskFree: diskBytes === null ? null : bytes(diskBytes) }
      return { devices: paper, hosts: ramBytes === null && diskBytes === null ? [] : [host] }
    }
  }
}

/** Cards on paper, each a device of its own; none when neither the catalog nor the user says how much memory they have. */
export function paperDevices ({ gpuId, name, memoryBytes, count }: PaperDevices): TargetDevice[] {
  const gpu = gpuId === null ? null : findGpu(gpuId)
  if (gpuId !== null && !gpu && memoryBytes === null) return []
  const capacity = memoryBytes === null ? gpu && capacityOf(gpu) : bytes(memoryBytes)
  if (!capacity) return []
  const device: TargetDevice = {
    id: gpu?.id ?? name,
    name: gpu?.name ?? name,
    capacity,
    free: capacity,
    origin: 'catalog',
    computeCapability: gpu?.computeCapability ?? null,
    ...gpu ? { vendor: gpu.vendor } : {},
    features: gpu?.computeCapability ? featuresOfCapability(gpu.computeCapability) : gpu ? featuresOf(gpu) : UNKNOWN_FEATURES,
    sharesHostMemory: gpu?.unifiedMemory ?? false
  }
  return Array.from({ length: count }, () => device)
}
