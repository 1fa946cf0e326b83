import { describe, expect, test } from 'vitest'
import type { DetectedGpu, Detection, Sample } from '#shared/contract/index.ts'
import { GIB } from '#shared/units/index.ts'
import { historyPoints } from '../../charts/history.ts'
import { i18n, type Translate } from '../../i18n/index.ts'
import { deviceFacts, deviceMarks } from './deviceFacts.ts'
import { featuresOfDetected } from './features.ts'
import { historyRows } from './historyRows.ts'
import { live } from './live.ts'
import { machineDetails } from './machineDetails.ts'
import { readingLine } from './machineLine.ts'
import { memoryPieces } from './memoryPieces.ts'
import { chooseCard, draftProblem, formatAmount, newMachine, parseAmount, parseDevices } from './paperDraft.ts'
import { processRows, sortProcesses } from './sortProcesses.ts'
import { topologyMatrix } from './topologyMatrix.ts'

const t: Translate = (key, values) => i18n.global.t(key, values ?? {})
const UUID = 'GPU-71d1acc2-662d-2166-bf9f-65272d2fc437'
const gpu = (change: Partial<DetectedGpu> = {}): DetectedGpu => ({
  vendor: 'nvidia', key: UUID, index: 0, uuid: UUID, name: 'NVIDIA GeForce RTX 4090', kind: 'gpu', cardKey: null, catalogId: 'rtx-4090',
  memory: { totalBytes: 24 * GIB, reservedBytes: GIB, usedBytes: 3 * GIB, freeBytes: 20 * GIB },
  memorySource: 'nvidia-smi', unifiedMemory: false, computeCapability: '8.9', architecture: null, pciBusId: '00000000:84:00.0', pciDeviceId: null,
  displayActive: false, driverModel: null, computeMode: 'Default', eccEnabled: null, mig: null, processes: [], temperatureC: 40, powerWatts: 30, powerLimitWatts: 450,
  utilization: 0, asleep: false, ...change
})
const sample = (second: number, usedBytes: number | null): Sample => ({
  at: new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString(),
  devices: [{ key: UUID, usedBytes, freeBytes: null, totalBytes: 24 * GIB, utilization: 0.5, temperatureC: null, powerWatts: null }],
  processes: null
})

describe('a device', () => {
  test('shows what a sample says, and what it does not say as detected', () => {
    expect(live(gpu(), sample(0, 9 * GIB).devices[0])).toMatchObject({ memory: { usedBytes: 9 * GIB, freeBytes: 20 * GIB, reservedBytes: GIB }, utilization: 0.5, temperatureC: 40 })
  })

  test('of unknown memory has no bar, never an empty one', () => {
    expect(memoryPieces({ totalBytes: null, reservedBytes: null, usedBytes: null, freeBytes: null })).toBe(null)
    expect(memoryPieces({ totalBytes: 8 * GIB, reservedBytes: null, usedBytes: null, freeBytes: null })).toEqual([])
    expect(memoryPieces(gpu().memory)?.map(({ kind }) => kind)).toEqual(['reserved', 'used', 'free'])
  })

  test('tells only what is known, and not what goes without saying', () => {
    expect(deviceFacts(gpu(), t).map(({ label }) => label)).toEqual(['gpu.computeCapability', 'gpu.display', 'gpu.bus'])
    expect(deviceFacts(gpu({ catalogId: null, computeMode: 'Prohibited', memorySource: 'meminfo' }), t).map(({ value }) => value)).toEqual(expect.arrayContaining(['Prohibited', 'not in the catalog', 'meminfo']))
    expect(deviceMarks(gpu({ unifiedMemory: true, kind: 'integrated', asleep: true, mig: { enabled: true, instances: 1, slices: [] } }))).toEqual(['gpu.kind.integrated', 'gpu.kind.unified', 'gpu.migOn', 'gpu.asleep'])
  })

  test('supports what its own compute capability says, and unknown is not no', () => {
    expect(featuresOfDetected(gpu({ computeCapability: '7.5' }))).toEqual({ bf16: false, fp8: false, flashAttention2: false, flashAttention3: false })
    expect(featuresOfDetected({ computeCapability: null, catalogId: null })).toEqual({ bf16: null, fp8: null, flashAttention2: null, flashAttention3: null })
  })
})

describe('processes', () => {
  const rows = processRows([gpu()], [
    { deviceKey: UUID, pid: 1, name: 'b', usedBytes: null },
    { deviceKey: UUID, pid: 2, name: null, usedBytes: 5 },
    { deviceKey: UUID, pid: 3, name: 'a', usedBytes: 9 }
  ])!

  test('sort by every column, the unknown last', () => {
    expect(sortProcesses(rows, { column: 'memory', descending: true }).map(({ pid }) => pid)).toEqual([3, 2, 1])
    expect(sortProcesses(rows, { column: 'memory', descending: false }).map(({ pid }) => pid)).toEqual([2, 3, 1])
    expect(sortProcesses(rows, { column: 'name', descending: false }).map(({ pid }) => pid)).toEqual([3, 1, 2])
  })

  test('that nobody tells are not none', () => {
    expect(processRows([gpu({ processes: null })], null)).toBe(null)
    expect(processRows([gpu()], null)).toEqual([])
  })
})

test('links are the same in both directions, and unknown where nobody says', () => {
  const gpus = ['a', 'b', 'c'].map((key, index) => gpu({ key, index }))
  const matrix = topologyMatrix(gpus, { links: [{ a: 'a', b: 'b', kind: 'nvlink', lanes: 12 }, { a: 'c', b: 'a', kind: 'sys', lanes: null }], islands: [] })
  expect(matrix.map(({ cells }) => cells.map((cell) => cell?.text ?? null))).toEqual([[null, 'NV12', 'SYS'], ['NV12', null, null], ['SYS', null, null]])
})

describe('history', () => {
  test('breaks the line where nobody looked', () => {
    const points = historyPoints([sample(0, 1), sample(1, 2), sample(59, 3)], UUID, 0, 1000)
    expect(points.map(({ used }) => used)).toEqual([1, 2, null, 3])
  })

  test('as a table is newest first and keeps the fullest', () => {
    const samples = Array.from({ length: 300 }, (_, i) => sample(i, i === 100 ? 999 : 1))
    const rows = historyRows(samples, UUID, 300_000)
    expect(rows.length).toBeLessThanOrEqual(60)
    expect(rows[0]!.at).toBeGreaterThan(rows[1]!.at)
    expect(rows.map(({ usedBytes }) => usedBytes)).toContain(999)
    expect(historyRows([], UUID, 1000)).toEqual([])
  })
})

describe('a machine on paper', () => {
  test.each([['8', 8], ['2*4', 8], ['0', null], ['1025', null], ['1.5', null], ['many', null]])('takes %s cards as %s', (text, count) => {
    expect(parseDevices(text)).toBe(count)
  })

  test('amounts read back as they are written', () => {
    for (const amount of [48 * GIB, 79.65 * GIB, 512 * 1024 ** 2]) expect(Math.abs(parseAmount(formatAmount(amount, 'en'))! - amount)).toBeLessThan(amount / 1000)
    expect(parseAmount('nothing')).toBe(null)
  })

  test('a typed name needs a size of its own', () => {
    const draft = newMachine('Rig')
    const typed = chooseCard(draft.devices[0]!, null, ' Modded 4090 ')
    expect(typed).toMatchObject({ gpuId: null, name: 'Modded 4090' })
    expect(draftProblem({ ...draft, devices: [typed] }, ({ memoryBytes }) => memoryBytes)).toBe('memory')
    expect(draftProblem({ ...draft, devices: [{ ...typed, memoryBytes: 48 * GIB }] }, ({ memoryBytes }) => memoryBytes)).toBe(null)
    expect(draftProblem({ ...draft, name: ' ' }, () => 1)).toBe('name')
  })
})

describe('details for a report', () => {
  const detection: Detection = {
    gpus: [gpu()], findings: [], driverVersion: '570', cudaVersion: '12.8', topology: null,
    host: { name: 'alices-box', platform: 'linux', ramTotalBytes: 0, ramFreeBytes: 0, cpuCount: 4, disk: null, environment: [] },
    probes: [{ name: 'nvidia-smi -q -x', vendor: 'nvidia', path: '/home/alice/bin/nvidia-smi', outcome: 'exited', status: 0, milliseconds: 12.4 }], at: '2026-01-01T00:00:00.000Z'
  }

  test('name no card, person or machine', () => {
    const text = machineDetails(detection, '1.0')
    for (const secret of [UUID, UUID.slice(4), 'alice']) expect(text).not.toContain(secret)
    expect(text).toContain('RTX 4090')
    expect(text).toContain('24.00 GiB')
  })

  test('the list says what is known of a machine', () => {
    expect(readingLine({ detection, unreached: null, error: null, looking: false }, t, 'en')).toEqual({ state: 'ready', text: 'RTX 4090 · 24 GiB' })
    expect(readingLine({ detection, unreached: detection, error: null, looking: false }, t, 'en').state).toBe('offline')
  })
})
