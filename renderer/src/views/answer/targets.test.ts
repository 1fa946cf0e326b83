import { describe, expect, test } from 'vitest'
import type { Detection, Machine } from '#shared/contract/index.ts'
import type { DeviceVerdict, TargetDevice } from '#shared/fit/index.ts'
import { bytes, gib } from '#shared/units/index.ts'
import { UNREAD } from '../../stores/reading.ts'
import { viewSource, withDevice, type SourceContext } from '../../stores/targetSources.ts'
import { deviceGroups } from './deviceGroups.ts'
import { targetChoices } from './targetChoices.ts'

const verdict = (name: string, free: number, machine = 'local'): DeviceVerdict => {
  const device = { id: name, name, capacity: gib(24), free: gib(free), origin: 'detected', computeCapability: '8.9', machine } as TargetDevice
  const need = bytes(gib(10))
  return { device, outcome: free > 10 ? 'fits' : 'does-not-fit', need: { expected: need, low: need, high: need }, available: gib(free), reserve: bytes(0), margin: bytes(gib(free) - need), fitsWhenIdle: true, dominant: { category: 'weights', bytes: need, share: 1 }, refusals: [] }
}

describe('equal devices', () => {
  test('are one line with the least to spare; those in use differently stay apart', () => {
    const groups = deviceGroups([verdict('Card #0', 24), verdict('Card #1', 23.9), verdict('Card #2', 5), verdict('Other', 24)])
    expect(groups.map(({ name, count }) => [name, count])).toEqual([['Card', 2], ['Card #2', 1], ['Other', 1]])
    expect(groups[0]!.verdict.available).toBe(gib(23.9))
  })

  test('of two machines are two lines', () => {
    expect(deviceGroups([verdict('Card', 24), verdict('Card', 24, 'ssh:box')])).toHaveLength(2)
  })
})

const gpuOf = (key: string): Detection['gpus'][number] => ({
  vendor: 'nvidia', key, index: 0, uuid: key, name: 'Card', kind: 'gpu', cardKey: null, catalogId: null, memory: { totalBytes: gib(24), reservedBytes: 0, usedBytes: 0, freeBytes: gib(24) }, memorySource: null,
  unifiedMemory: false, computeCapability: null, architecture: null, pciBusId: null, pciDeviceId: null, displayActive: null, driverModel: null, computeMode: null, eccEnabled: null, mig: null,
  processes: null, temperatureC: null, powerWatts: null, powerLimitWatts: null, utilization: null, asleep: false
})
const paper: Machine = { id: 'p', machine: { kind: 'paper', name: 'Rig', devices: [{ gpuId: 'rtx-4090', name: 'x', memoryBytes: null, count: 1 }], ramBytes: null, diskBytes: null }, createdAt: '', updatedAt: '' }
const remote: Machine = { id: 'r', machine: { kind: 'remote', name: 'Lab', host: 'lab', connectAtStart: false }, createdAt: '', updatedAt: '' }
const detection = { gpus: [gpuOf('a'), gpuOf('b')], host: { environment: [], ramFreeBytes: 0, ramTotalBytes: 0, disk: null } } as unknown as Detection
const context: SourceContext = {
  readingOf: (machine) => machine === 'local' ? { ...UNREAD, detection } : UNREAD,
  machineById: (id) => id === 'p' ? paper : null,
  hostNamed: (host) => host === 'lab' ? remote : null
}

describe('a source', () => {
  test('is what its machine is now', () => {
    expect(viewSource({ kind: 'machine', machine: 'ssh:lab', devices: null }, context)).toMatchObject({ name: 'Lab', state: 'unread' })
    expect(viewSource({ kind: 'paper', id: 'q' }, context)).toMatchObject({ state: 'gone' })
    expect(viewSource({ kind: 'catalog', gpuId: 'no such card' }, context)).toMatchObject({ state: 'gone' })
  })

  test('keeps what is chosen of it, and is the whole machine again when all of it is', () => {
    const whole = viewSource({ kind: 'machine', machine: 'local', devices: null }, context)
    const some = withDevice(whole, 'a', false)
    expect(some).toMatchObject({ devices: ['b'] })
    expect(withDevice(viewSource(some, context), 'a', true)).toMatchObject({ devices: null })
  })
})

test('machines come before cards, and are found by name or host', () => {
  expect(targetChoices('', [paper, remote]).slice(0, 2).map(({ source }) => source.kind)).toEqual(['paper', 'machine'])
  expect(targetChoices('lab', [paper, remote])[0]).toMatchObject({ id: 'ssh:lab', name: 'Lab' })
  expect(targetChoices('4090', [paper])[0]!.source).toEqual({ kind: 'catalog', gpuId: 'rtx-4090' })
})
