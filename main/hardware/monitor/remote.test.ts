import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { MonitorState, Sample } from '#shared/contract/index.ts'
import { NO_SSHD, SSHD, startSshServer, type SshServer } from '../remote/fixtures/sshServer.ts'
import { remoteMachines, type RemoteMachines } from '../remote/remoteMachines.ts'
import { capture, fakeSmi, type FakeSmi } from './fixtures/fakeSmi.ts'
import { createMonitor, type Monitor, type MonitorOptions } from './monitor.ts'
import { openRemote } from './openRemote.ts'

const MIB = 1024 ** 2
const CARD = { uuid: 'GPU-12345678-aaaa-bbbb-cccc-0123456789ab', busId: '00000000:00:10.0', total: '24576', used: '1000', free: '23258' }

let server: SshServer
let remote: RemoteMachines
let monitor: Monitor
let samples: Sample[]
let states: MonitorState[]

function begin (options: Partial<MonitorOptions> = {}): void {
  remote = remoteMachines({ env: server.env })
  monitor = createMonitor({
    reach: () => ({ look: async () => (await remote.look('gpu-box', false)).detection, open: openRemote('gpu-box', remote, server.env) }),
    onSample: ({ sample }) => { samples.push(sample) },
    onState: (state) => { states.push(state) },
    timing: { pausesMs: [50, 50, 50, 50], checkMs: 50 },
    ...options
  })
  watch()
}

const install = (smi: Partial<FakeSmi> = {}): void => { server.tool('nvidia-smi', fakeSmi({ report: capture('rtx-3090-v12.xml'), cards: [CARD], ...smi })) }
const watch = (watcher = 'view', intervalMs = 500) => monitor.watch({ machine: 'ssh:gpu-box', intervalMs, watcher, history: true })
const until = async (done: () => boolean): Promise<void> => {
  while (!done()) await new Promise((resolve) => { setTimeout(resolve, 20) })
}
const streams = (): number[] => {
  try {
    return readFileSync(path.join(server.folder, 'bin/nvidia-smi.calls'), 'utf8').trim().split('\n').filter((line) => line.includes('-lms')).map((line) => Number(line.split(' ')[0]))
  } catch {
    return []
  }
}
const isRunning = (pid: number): boolean => {
  try { process.kill(pid, 0); return true } catch { return false }
}
/** Everything that still runs with the test's folder in its command line, on the side of the server. */
const leftovers = (): string[] => execFileSync('ps', ['-eo', 'pid=,args='], { encoding: 'utf8' }).split('\n').filter((line) => line.includes(`${server.folder}/bin/`))
/** Our ssh clients that are connected: what a broken network would take away. */
const clients = (): number[] => execFileSync('ps', ['-eo', 'pid=,args='], { encoding: 'utf8' }).split('\n').filter((line) => line.includes(`-F ${server.folder}/config`) && line.includes('sh -s')).map((line) => Number(line.trim().split(' ')[0]))

describe.skipIf(SSHD === null)(`watching a machine over ssh${SSHD === null ? ` (${NO_SSHD})` : ''}`, () => {
  beforeEach(async () => {
    server = await startSshServer()
    samples = []
    states = []
  })
  afterEach(async () => {
    monitor.close()
    remote.close()
    await server.stop()
  })

  it('brings rows, processes, heat and power over one connection', async () => {
    install({ apps: [`${CARD.uuid}, 4711, 900, /opt/my, odd/python`] })
    begin()
    await until(() => samples.some(({ processes, devices }) => processes !== null && devices[0]?.powerWatts !== null))
    expect(samples.at(-1)).toMatchObject({
      devices: [{ key: CARD.uuid, totalBytes: 24576 * MIB, usedBytes: 1000 * MIB, freeBytes: 23258 * MIB, utilization: 0.4, temperatureC: 50, powerWatts: 100.5 }],
      processes: [{ deviceKey: CARD.uuid, pid: 4711, name: '/opt/my, odd/python', usedBytes: 900 * MIB }]
    })
    expect(states.map(({ machine, state }) => [machine, state])).toEqual([['ssh:gpu-box', 'starting'], ['ssh:gpu-box', 'running']])
    expect(streams()).toHaveLength(1)
    expect(server.sessions()).toHaveLength(1)
  })

  it('leaves nothing running there when it stops', async () => {
    install()
    begin()
    await until(() => samples.length > 0)
    const [pid] = streams()
    expect(isRunning(pid!)).toBe(true)
    monitor.leave({ machine: 'ssh:gpu-box', watcher: 'view' })
    await until(() => !isRunning(pid!))
    await until(() => leftovers().length === 0)
  })

  it('leaves nothing running there when the connection breaks, and connects again', async () => {
    // Silent after its first row: no broken pipe can end it, only the connection's end.
    install({ stream: 'rows "${1#--query-gpu=}"; exec sleep 600' })
    begin()
    await until(() => samples.length > 0)
    const [pid] = streams()
    for (const client of clients()) process.kill(client, 'SIGKILL')
    await until(() => !isRunning(pid!))
    await until(() => states.at(-1)?.state === 'running' && streams().length === 2)
    expect(states.map(({ state }) => state)).toEqual(['starting', 'running', 'restarting', 'running'])
    for (const session of server.sessions()) process.kill(session, 'SIGKILL')
    await until(() => !isRunning(streams()[1]!))
    expect(states[2]?.finding?.code).toMatch(/^(ssh-|monitor-)/)
  })

  it('says that nvidia-smi ended there, and starts it again', async () => {
    install()
    begin()
    await until(() => samples.length > 0)
    process.kill(streams()[0]!, 'SIGKILL')
    await until(() => streams().length === 2)
    await until(() => states.at(-1)?.state === 'running')
    expect(states.map(({ state }) => state)).toEqual(['starting', 'running', 'restarting', 'running'])
    expect(states[2]?.finding?.code).toBe('monitor-ended')
  })

  it('gives up with the reason when the host will not have it', async () => {
    install()
    writeFileSync(server.authorizedKeys, '')
    begin()
    await until(() => states.at(-1)?.state === 'failed')
    expect(states.at(-1)?.finding).toMatchObject({ code: 'ssh-auth' })
    expect(samples).toEqual([])
  })

  it('stops at once when the driver was updated there', async () => {
    install({ stream: "echo 'Failed to initialize NVML: Driver/library version mismatch'; exit 18" })
    begin()
    await until(() => states.at(-1)?.state === 'failed')
    expect(states.at(-1)?.finding?.code).toBe('version-mismatch')
    expect(streams()).toHaveLength(1)
  })

  it('asks again and again where a vendor’s tool has no endless form', async () => {
    server.tool('npu-smi', `case "$*" in info) cat ${path.join(import.meta.dirname, '../fixtures/ascend/issues/910b4-1.npu-smi-info.txt')};; *) exit 1;; esac`)
    begin()
    await until(() => samples.length > 0)
    const { detection } = await remote.look('gpu-box', false)
    expect(detection.gpus.length).toBeGreaterThan(0)
    expect(samples[0]?.devices.map(({ key, usedBytes, totalBytes }) => [key, usedBytes, totalBytes])).toEqual(detection.gpus.map(({ key, memory }) => [key, memory.usedBytes, memory.totalBytes]))
    monitor.leave({ machine: 'ssh:gpu-box', watcher: 'view' })
    await until(() => leftovers().length === 0)
  })

  it('is not confused by garbage', async () => {
    install({ stream: 'exec head -c 200000 /dev/urandom' })
    begin({ timing: { pausesMs: [], checkMs: 50 } })
    await until(() => states.at(-1)?.state === 'failed')
    expect(samples).toEqual([])
  })
})
