import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Detection, Sample } from '#shared/contract/index.ts'
import { detect } from '../detect.ts'
import { evidenceOf } from '../fixtures/evidence.ts'
import { VENDOR_SUPPORT } from '../vendors.ts'
import { createBoard } from './board.ts'
import { fileSource } from './fileSource.ts'
import { createHistory } from './history.ts'
import { capture } from './fixtures/fakeSmi.ts'
import { ROW_FIELDS, SLOW_FIELDS } from './queries.ts'

const MIB = 1024 ** 2
const machine = (report: string): Detection => detect(evidenceOf({ runs: { 'nvidia-smi -q -x': report } }), VENDOR_SUPPORT, new Date())
const xml = (name: string): string => readFileSync(capture(name), 'utf8')
const boardOf = (detection: Detection) => createBoard(detection, 10_000)

describe('the board of a machine', () => {
  it('shows the slices of a divided card, and the card itself, as they are', () => {
    const text = xml('a100-sxm4-40gb-mig.xml')
    const detection = machine(text)
    const [card] = detection.gpus
    const board = boardOf(detection)
    expect(board.row(`0, ${card!.uuid!}, ${card!.pciBusId!}, 40536, 10, 40000, [N/A]`, ROW_FIELDS)).toBe(true)
    board.report(text)
    const { devices } = board.sample(new Date(0))
    expect(devices.map(({ key }) => key)).toEqual([card!.key, ...card!.mig!.slices.map(({ gpuInstance }) => `${card!.key}/mig-${gpuInstance}`)])
    expect(devices[0]).toMatchObject({ totalBytes: 40536 * MIB, utilization: null })
    expect(devices.slice(1)).toMatchObject(card!.mig!.slices.map(({ memory: { totalBytes, usedBytes, freeBytes } }) => ({ totalBytes, usedBytes, freeBytes })))
  })

  it('gives a card without memory of its own what is available, and what its processes hold', () => {
    const detection = machine(xml('rtx-3090-v12.xml'))
    const [card] = detection.gpus
    const unified: Detection = { ...detection, gpus: [{ ...card!, name: 'NVIDIA GB10', unifiedMemory: true }] }
    const board = boardOf(unified)
    const row = `0, ${card!.uuid!}, ${card!.pciBusId!}, [N/A], [N/A], [N/A], 3`
    board.row(row, ROW_FIELDS)
    expect(board.sample(new Date(0)).devices).toMatchObject([{ totalBytes: null, usedBytes: null, freeBytes: null, utilization: 0.03 }])
    board.files(new Map([['/proc/meminfo', 'MemTotal:       125491520 kB\nMemFree:         7000000 kB\nMemAvailable:   90000000 kB\n']]))
    board.processes(`${card!.uuid!}, 100, 2000, python\n${card!.uuid!}, 101, 500, a, b\n`)
    board.row(row, ROW_FIELDS)
    expect(board.sample(new Date(0)).devices).toMatchObject([{ totalBytes: 125491520 * 1024, freeBytes: 90000000 * 1024, usedBytes: 2500 * MIB }])
    board.processes(`${card!.uuid!}, 100, [N/A], python\n`)
    board.row(row, ROW_FIELDS)
    expect(board.sample(new Date(0)).devices[0]?.usedBytes).toBeNull()
  })

  it('tells cards with masked UUIDs apart by their place', () => {
    const detection = machine(xml('rtx-3090-v12.xml'))
    const [card] = detection.gpus
    const two = [0, 1].map((index) => ({ ...card!, index, uuid: 'GPU-0', key: `00000000:0${index}:00.0`, pciBusId: `00000000:0${index}:00.0` }))
    const board = boardOf({ ...detection, gpus: two })
    board.row('1, GPU-0, 00000000:01:00.0, 100, 20, 80, 5', ROW_FIELDS)
    expect(board.isWhole()).toBe(false)
    board.row('0, GPU-0, 0000:00:00.0, 100, 10, 90, 5, 60, 70.5', ROW_FIELDS)
    expect(board.isWhole()).toBe(true)
    board.slow('GPU-0, 00000000:01:00.0, 44, [N/A]\n', SLOW_FIELDS)
    expect(board.sample(new Date(0)).devices).toMatchObject([{ usedBytes: 10 * MIB, temperatureC: 60, powerWatts: 70.5 }, { usedBytes: 20 * MIB, temperatureC: 44, powerWatts: null }])
  })

  it('forgets figures that nothing renews', () => {
    let clock = 0
    const detection = machine(xml('rtx-3090-v12.xml'))
    const board = createBoard(detection, 1000, () => clock)
    board.row(`0, ${detection.gpus[0]!.uuid!}, x, 100, 20, 80, 5`, ROW_FIELDS)
    clock = 900
    expect(board.sample(new Date(0)).devices).toHaveLength(1)
    board.slow(`${detection.gpus[0]!.uuid!}, x, 44, 10\n`, SLOW_FIELDS)
    clock = 1100
    expect(board.sample(new Date(0)).devices).toEqual([])
  })

  it('survives any line without inventing memory', () => {
    const detection = machine(xml('rtx-3090-v12.xml'))
    const row = `0, ${detection.gpus[0]!.uuid!}, 00000000:00:10.0, 24576, 1000, 23258, 40`
    const damaged = fc.tuple(fc.nat(row.length), fc.nat(8), fc.string({ maxLength: 8 })).map(([at, length, put]) => row.slice(0, at) + put + row.slice(at + length))
    fc.assert(fc.property(fc.oneof(damaged, fc.string()), (line) => {
      const board = boardOf(detection)
      board.row(line, ROW_FIELDS)
      board.slow(line, SLOW_FIELDS)
      board.processes(line)
      for (const { usedBytes, freeBytes, totalBytes, utilization } of board.sample(new Date(0)).devices) {
        for (const bytes of [usedBytes, freeBytes]) expect(bytes === null || (bytes >= 0 && (totalBytes === null || bytes <= totalBytes))).toBe(true)
        expect(utilization === null || (utilization >= 0 && utilization <= 1)).toBe(true)
      }
    }))
  })
})

describe.skipIf(process.platform === 'win32')('AMD’s files', () => {
  it('are read every tick', async () => {
    const files = JSON.parse(readFileSync(path.join(import.meta.dirname, '../fixtures/amd/glances-amdgpu.sysfs.json'), 'utf8')) as Record<string, string>
    const root = mkdtempSync(path.join(tmpdir(), 'headroom-sysfs-'))
    try {
      for (const [name, text] of Object.entries(files)) {
        mkdirSync(path.dirname(path.join(root, name)), { recursive: true })
        writeFileSync(path.join(root, name), text)
      }
      const absolute = Object.fromEntries(Object.entries(files).map(([name, text]) => [name.startsWith('/') ? name : `/${name}`, text]))
      const detection = detect(evidenceOf({ files: absolute }), VENDOR_SUPPORT, new Date())
      expect(detection.gpus.length).toBeGreaterThan(0)
      const board = boardOf(detection)
      const samples: Sample[] = []
      await new Promise<void>((resolve) => {
        const source = fileSource({
          detection, intervalMs: 20, board, root, onEnd: () => {},
          onSample: () => {
            samples.push(board.sample(new Date(0)))
            if (samples.length < 3) return
            source.stop()
            resolve()
          }
        })
      })
      expect(samples.at(-1)?.devices.map(({ key, totalBytes, usedBytes }) => [key, totalBytes, usedBytes])).toEqual(detection.gpus.map(({ key, memory }) => [key, memory.totalBytes, memory.usedBytes]))
    } finally {
      rmSync(root, { recursive: true, force: true })
    }
  })
})

describe('the history', () => {
  const at = (seconds: number, used: number): Sample => ({
    at: new Date(Date.parse('2026-11-24T10:00:00Z') + seconds * 1000).toISOString(),
    devices: [{ key: 'a', usedBytes: used, freeBytes: null, totalBytes: null, utilization: null, temperatureC: null, powerWatts: null }],
    processes: [{ deviceKey: 'a', pid: 1, name: null, usedBytes: 1 }]
  })

  it('keeps an hour, older stretches thinned out to their fullest moment', () => {
    const history = createHistory()
    for (let second = 0; second < 2 * 3600; second++) history.add(at(second, second === 5005 ? 1_000_000 : second % 10))
    const kept = history.list()
    expect(kept.length).toBeLessThan(1000)
    expect(Date.parse(kept.at(-1)!.at) - Date.parse(kept[0]!.at)).toBeLessThanOrEqual(3600_000)
    expect(Date.parse(kept.at(-1)!.at) - Date.parse(kept[0]!.at)).toBeGreaterThan(3500_000)
    expect(kept.some(({ devices }) => devices[0]?.usedBytes === 1_000_000)).toBe(true)
    expect(kept.slice(0, 100).every(({ devices }) => devices[0]!.usedBytes! >= 9)).toBe(true)
    expect(kept.map(({ processes }) => processes !== null)).toEqual(kept.map((_, i) => i === kept.length - 1))
    expect(kept.map(({ at: time }) => time)).toEqual(kept.map(({ at: time }) => time).toSorted())
  })
})
