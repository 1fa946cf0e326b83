import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { gib, mib } from '../units/index.ts'
import { DetectionSchema, machineDevices, resolveTarget, SavedTargetSchema, type DetectedGpu, type Detection, type Machine, type SavedTarget } from './index.ts'

const gpu = (change: Partial<DetectedGpu> = {}): DetectedGpu => ({
  vendor: 'nvidia', key: 'GPU-1', index: 0, uuid: 'GPU-1', name: 'NVIDIA GeForce RTX 4090', kind: 'gpu', cardKey: null, catalogId: 'rtx-4090',
  memory: { totalBytes: mib(24564), reservedBytes: mib(346), usedBytes: mib(1000), freeBytes: mib(23218) },
  memorySource: 'nvidia-smi', unifiedMemory: false, computeCapability: '8.9', architecture: null, pciBusId: null, pciDeviceId: null,
  displayActive: true, driverModel: null, computeMode: 'Default', eccEnabled: null, mig: null,
  processes: [{ pid: 7, name: 'Xorg', type: 'G', usedBytes: mib(200) }, { pid: 9, name: 'python', type: 'C', usedBytes: mib(800) }],
  temperatureC: null, powerWatts: null, powerLimitWatts: null, utilization: null, asleep: false, ...change
})
const detection = (gpus: readonly DetectedGpu[], environment: Detection['host']['environment'] = []): Detection => v.parse(DetectionSchema, {
  gpus, findings: [], driverVersion: null, cudaVersion: null, topology: null, probes: [], at: '2026-11-24T00:00:00.000Z',
  host: { name: 'lab', platform: 'linux', ramTotalBytes: gib(128), ramFreeBytes: gib(100), cpuCount: 16, disk: { path: '/', totalBytes: gib(1000), freeBytes: gib(400) }, environment }
})
const paper: Machine = {
  id: '00000000-0000-4000-8000-000000000001', createdAt: '', updatedAt: '',
  machine: {
    kind: 'paper', name: 'node', ramBytes: gib(512), diskBytes: null,
    devices: [{ gpuId: 'h100-sxm-80gb', name: 'H100', memoryBytes: null, count: 2 }, { gpuId: 'rtx-4090', name: '4090 48 GB', memoryBytes: gib(48), count: 1 }]
  }
}
const context = { detectionOf: (machine: string) => machine === 'local' ? detection([gpu(), gpu({ key: 'GPU-2' })]) : null, machineById: (id: string) => id === paper.id ? paper : null }
const saved = (sources: SavedTarget['sources'], memory: SavedTarget['memory'] = 'free'): SavedTarget => ({ sources, memory, reserve: 0.3 })

describe('devices of a machine', () => {
  it('have what CUDA gives a process, less what others hold, who are named largest first', () => {
    const [device] = machineDevices(detection([gpu()]))
    expect(device).toMatchObject({ capacity: mib(24210), free: mib(23210), displayActive: true, spills: false, features: { bf16: true, fp8: true } })
    expect(device!.holders!.map((holder) => holder.name)).toEqual(['python', 'Xorg'])
  })

  it('trust a card with other memory than the catalog’s', () => {
    const [device] = machineDevices(detection([gpu({ memory: { totalBytes: mib(49140), reservedBytes: mib(500), usedBytes: mib(0), freeBytes: mib(48640) } })]))
    expect(device!.capacity).toBe(mib(48640))
  })

  it('keep 1 GiB under WSL and WDDM, where allocations spill into RAM', () => {
    const [wsl] = machineDevices(detection([gpu()], ['wsl']))
    expect(wsl).toMatchObject({ capacity: mib(24210 - 1024), spills: true })
    expect(machineDevices(detection([gpu({ driverModel: 'WDDM' })]))[0]!.spills).toBe(true)
  })

  it('are bounded by free RAM where memory is unified', () => {
    const memory = { totalBytes: gib(128), reservedBytes: null, usedBytes: gib(2), freeBytes: gib(110) }
    const [device] = machineDevices(detection([gpu({ unifiedMemory: true, catalogId: null, memory })]))
    expect(device).toMatchObject({ capacity: gib(128), free: gib(100), sharesHostMemory: true })
  })

  it('of unknown use say so', () => {
    const [device] = machineDevices(detection([gpu({ memory: { totalBytes: mib(24564), reservedBytes: null, usedBytes: null, freeBytes: null } })]))
    expect(device).toMatchObject({ free: device!.capacity, useIsUnknown: true })
  })

  it('of unknown memory are left out', () => {
    expect(machineDevices(detection([gpu({ memory: { totalBytes: null, reservedBytes: null, usedBytes: null, freeBytes: null } })]))).toEqual([])
  })
})

describe('resolveTarget', () => {
  it('joins machines, chosen devices, catalog cards and machines on paper', () => {
    const { target, missing } = resolveTarget(saved([
      { kind: 'machine', machine: 'local', devices: ['GPU-2'] },
      { kind: 'catalog', gpuId: 'a100-sxm4-80gb' },
      { kind: 'paper', id: paper.id }
    ]), context)
    expect(target.devices.map(({ id, capacity }) => [id, capacity / mib(1)])).toEqual([
      ['GPU-2', 24210], ['a100-sxm4-80gb', 81158], [`${paper.id}/0`, 81106], [`${paper.id}/1`, 81106], [`${paper.id}/2`, 48 * 1024]
    ])
    expect(target.hosts!.map(({ name, ramFree, diskFree }) => [name, ramFree, diskFree])).toEqual([['lab', gib(100), gib(400)], ['node', gib(512), null]])
    expect(missing).toEqual([])
  })

  it('asks nothing of the RAM of a machine without a card for the plan', () => {
    const laptop = { ...context, detectionOf: () => detection([]) }
    const { target } = resolveTarget(saved([{ kind: 'machine', machine: 'local', devices: null }, { kind: 'catalog', gpuId: 'a100-sxm4-80gb' }]), laptop)
    expect([target.devices.length, target.hosts]).toEqual([1, []])
  })

  it('counts the whole card on demand', () => {
    expect(resolveTarget(saved([{ kind: 'machine', machine: 'local', devices: null }], 'total'), context).target.devices.map((d) => d.free / mib(1))).toEqual([24210, 24210])
  })

  it('tells what means nothing now', () => {
    const sources: SavedTarget['sources'] = [{ kind: 'machine', machine: 'ssh:lab', devices: null }, { kind: 'catalog', gpuId: 'gone' }, { kind: 'paper', id: '00000000-0000-4000-8000-00000000000f' }]
    expect(resolveTarget(saved(sources), context)).toMatchObject({ target: { devices: [] }, missing: sources })
  })
})

describe('a saved target', () => {
  it('of the first version is read as the current one', () => {
    expect(v.parse(SavedTargetSchema, { kind: 'machine', gpuIds: ['rtx-4090'], reserve: 0.2 })).toEqual({
      sources: [{ kind: 'machine', machine: 'local', devices: null }, { kind: 'catalog', gpuId: 'rtx-4090' }], memory: 'free', reserve: 0.2
    })
  })

  it('refuses a host name that could be an option or shell syntax', () => {
    for (const machine of ['ssh:-oProxyCommand=x', 'ssh:a b', 'ssh:a;b', 'ssh:$(x)', 'other']) {
      expect(v.safeParse(SavedTargetSchema, { sources: [{ kind: 'machine', machine, devices: null }], memory: 'free', reserve: 0.3 }).success).toBe(false)
    }
  })
})
