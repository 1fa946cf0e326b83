import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Detection, MonitorState, Sample } from '#shared/contract/index.ts'
import { detect } from '../detect.ts'
import { evidenceOf } from '../fixtures/evidence.ts'
import { VENDOR_SUPPORT } from '../vendors.ts'
import { capture, fakeSmi, type FakeSmi } from './fixtures/fakeSmi.ts'
import { createMonitor, type Monitor, type MonitorOptions } from './monitor.ts'
import { openLocal } from './openLocal.ts'

const MIB = 1024 ** 2
const CARD = { uuid: 'GPU-12345678-aaaa-bbbb-cccc-0123456789ab', busId: '00000000:00:10.0', total: '24576', used: '1000', free: '23258' }

let folder: string
let monitor: Monitor
let samples: Sample[]
let states: MonitorState[]

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'headroom-monitor-'))
  samples = []
  states = []
})
afterEach(() => {
  monitor.close()
  rmSync(folder, { recursive: true, force: true })
})

function detection (report: string): Detection {
  return detect(evidenceOf({ runs: { 'nvidia-smi -q -x': readFileSync(report, 'utf8') } }), VENDOR_SUPPORT, new Date())
}

function install (smi: Partial<FakeSmi> = {}): void {
  const file = path.join(folder, 'nvidia-smi')
  writeFileSync(file, `#!/bin/sh\n${fakeSmi({ report: capture('rtx-3090-v12.xml'), cards: [CARD], ...smi })}\n`)
  chmodSync(file, 0o755)
}

/** Watches with an nvidia-smi of the test's own. Pauses are short, limits as given. */
function begin (report = capture('rtx-3090-v12.xml'), options: Partial<MonitorOptions> = {}): Monitor {
  monitor = createMonitor({
    reach: () => ({ look: () => Promise.resolve(detection(report)), open: openLocal({ env: { ...process.env, PATH: `${folder}:${process.env['PATH'] ?? ''}` }, pathOnly: true }) }),
    onSample: ({ sample }) => { samples.push(sample) },
    onState: (state) => { states.push(state) },
    timing: { pausesMs: [50, 50, 50, 50], checkMs: 50 },
    ...options
  })
  return monitor
}

const watch = (watcher = 'view', intervalMs = 500) => monitor.watch({ machine: 'local', intervalMs, watcher, history: true })
const until = async (done: () => boolean): Promise<void> => {
  while (!done()) await new Promise((resolve) => { setTimeout(resolve, 10) })
}
const calls = (): string[] => {
  try { return readFileSync(path.join(folder, 'nvidia-smi.calls'), 'utf8').trim().split('\n') } catch { return [] }
}
const streams = (): number[] => calls().filter((line) => line.includes('-lms')).map((line) => Number(line.split(' ')[0]))
const isRunning = (pid: number): boolean => {
  try { process.kill(pid, 0); return true } catch { return false }
}

describe.skipIf(process.platform === 'win32')('watching this machine', () => {
  it('takes one long-lived nvidia-smi for every view, and processes, heat and power now and then', async () => {
    install({ apps: [`${CARD.uuid}, 4711, 900, /opt/my, odd/python`, `${CARD.uuid}, 4712, [N/A], python`] })
    begin()
    expect(watch().state).toMatchObject({ machine: 'local', state: 'starting', intervalMs: 500 })
    watch('other')
    await until(() => samples.some(({ processes, devices }) => processes !== null && devices[0]?.powerWatts !== null))
    await until(() => samples.length > 3)
    expect(samples.at(-1)).toMatchObject({
      devices: [{ key: CARD.uuid, totalBytes: 24576 * MIB, usedBytes: 1000 * MIB, freeBytes: 23258 * MIB, utilization: 0.4, temperatureC: 50, powerWatts: 100.5 }],
      processes: [{ deviceKey: CARD.uuid, pid: 4711, name: '/opt/my, odd/python', usedBytes: 900 * MIB }, { pid: 4712, usedBytes: null }]
    })
    expect(streams()).toHaveLength(1)
    expect(states.map(({ state }) => state)).toEqual(['starting', 'running'])
    expect(watch().history.length).toBeGreaterThan(2)
  })

  it('stops when the last view leaves, and when none has said for a while that it looks', async () => {
    install()
    begin(undefined, { leaseMs: 300 })
    watch('a')
    watch('b')
    await until(() => streams().length === 1)
    monitor.leave({ machine: 'local', watcher: 'a' })
    await until(() => samples.length > 0)
    await until(() => states.at(-1)?.state === 'stopped')
    await until(() => !isRunning(streams()[0]!))
    watch('b')
    await until(() => streams().length === 2)
    monitor.leave({ machine: 'local', watcher: 'b' })
    expect(states.at(-1)?.state).toBe('stopped')
    await until(() => !isRunning(streams()[1]!))
  })

  it('samples as often as the most demanding view wants', async () => {
    install()
    begin()
    watch('slow', 5000)
    await until(() => streams().length === 1)
    watch('fast', 700)
    await until(() => streams().length === 2)
    watch('slow', 5000)
    expect(calls().filter((line) => line.includes('-lms')).map((line) => line.split('-lms ')[1])).toEqual(['5000', '700'])
    await until(() => !isRunning(streams()[0]!))
  })

  it('starts a killed nvidia-smi again and says so', async () => {
    install()
    begin()
    watch()
    await until(() => samples.length > 0)
    process.kill(streams()[0]!, 'SIGKILL')
    await until(() => streams().length === 2)
    await until(() => states.at(-1)?.state === 'running')
    expect(states.map(({ state }) => state)).toEqual(['starting', 'running', 'restarting', 'running'])
    expect(states[2]).toMatchObject({ restarts: 1, finding: { code: 'monitor-ended', detail: 'nvidia-smi: SIGKILL' } })
  })

  it('gives up on one that ends again and again, and tries anew for a view that comes anew', async () => {
    install({ stream: "echo 'Failed to initialize NVML: Unknown Error'; exit 255" })
    begin()
    watch()
    await until(() => states.at(-1)?.state === 'failed')
    expect(states.at(-1)).toMatchObject({ restarts: 4, finding: { code: 'container-lost' } })
    expect(streams()).toHaveLength(5)
    watch()
    expect(monitor.watch({ machine: 'local', intervalMs: 500, watcher: 'view', history: false }).state.state).toBe('failed')
    install()
    expect(watch('again').state.state).toBe('starting')
    await until(() => samples.length > 0)
  })

  it('does not try again after a driver update', async () => {
    install({ stream: "echo 'Failed to initialize NVML: Driver/library version mismatch'; echo 'NVML library version: 570.124'; exit 18" })
    begin()
    watch()
    await until(() => states.at(-1)?.state === 'failed')
    expect(states.at(-1)?.finding?.code).toBe('version-mismatch')
    expect(streams()).toHaveLength(1)
  })

  it('says that one is slow, ends it when it stays silent, and starts another', async () => {
    install({ stream: "trap '' TERM INT HUP; rows \"${1#--query-gpu=}\"; sleep 600 & wait; wait; sleep 600" })
    begin(undefined, { timing: { pausesMs: [50], slowMs: 200, wedgedMs: 2500, checkMs: 50 } })
    watch()
    await until(() => states.at(-1)?.state === 'failed')
    expect(states.map(({ state, finding }) => [state, finding?.code ?? null])).toEqual([
      ['starting', null], ['running', null], ['slow', 'monitor-silent'], ['restarting', 'monitor-silent'], ['running', null], ['slow', 'monitor-silent'], ['failed', 'monitor-silent']
    ])
    await until(() => streams().every((pid) => !isRunning(pid)))
    // The last reading stays.
    expect(monitor.watch({ machine: 'local', intervalMs: 500, watcher: 'view', history: true }).history.at(-1)?.devices).toHaveLength(1)
  })

  it('asks again and again where the endless form keeps its lines to itself', async () => {
    install({ stream: 'sleep 600' })
    begin()
    watch()
    await until(() => samples.length > 0)
    expect(states.at(-1)).toMatchObject({ state: 'running', intervalMs: 5000, restarts: 0, finding: null })
    expect(samples[0]?.devices).toMatchObject([{ usedBytes: 1000 * MIB }])
    expect(streams()).toHaveLength(1)
    await until(() => !isRunning(streams()[0]!))
  })

  it('leaves out what this driver does not know', async () => {
    install({ first: 'case "$*" in *utilization.gpu*) echo "Field \\"utilization.gpu\\" is not a valid field to query."; exit 2;; esac' })
    begin()
    watch()
    await until(() => samples.length > 0)
    expect(samples[0]?.devices).toMatchObject([{ usedBytes: 1000 * MIB, utilization: null }])
    expect(states.map(({ state }) => state)).toEqual(['starting', 'running'])
  })

  it('invents nothing from garbage, and ends output without end', async () => {
    install({ stream: 'exec cat /dev/urandom' })
    begin(undefined, { timing: { pausesMs: [], wedgedMs: 1000, checkMs: 50 } })
    watch()
    await until(() => states.at(-1)?.state === 'failed')
    expect(samples).toEqual([])
    await until(() => !isRunning(streams()[0]!))
  })

  it('keeps figures unknown that nvidia-smi does not print, or that cannot be', async () => {
    install({ cards: [{ ...CARD, total: '24576', used: '17592186044415', free: '[Unknown Error]' }] })
    begin()
    watch()
    await until(() => samples.length > 0)
    expect(samples[0]?.devices).toMatchObject([{ totalBytes: 24576 * MIB, usedBytes: null, freeBytes: null, utilization: 0.4 }])
  })

  it('has nothing to watch without a card', async () => {
    install()
    monitor = begin(undefined, { reach: () => ({ look: () => Promise.resolve(detect(evidenceOf({}), VENDOR_SUPPORT, new Date())), open: openLocal() }) })
    watch()
    await until(() => states.at(-1)?.state === 'failed')
    expect(states.at(-1)?.finding?.code).toBe('monitor-nothing')
  })
})
