import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Detection, Sample } from '#shared/contract/index.ts'
import { defaultPlan } from '#shared/plan/index.ts'
import { capture, fakeSmi, NO_SSHD, SSHD, startSshServer, type SshServer } from '../host/fixtures/machines.ts'
import { headroom, withSmi } from './fixtures/headroom.ts'

const CARD = { uuid: 'GPU-12345678-aaaa-bbbb-cccc-0123456789ab', busId: '00000000:00:10.0', total: '24576', used: '1000', free: '23258' }
const smi = fakeSmi({ report: capture('rtx-3090-v12.xml'), cards: [CARD] })

let folder: string
beforeEach(() => { folder = mkdtempSync(path.join(tmpdir(), 'headroom-cli-')) })
afterEach(() => { rmSync(folder, { recursive: true, force: true }) })

describe('a host name', () => {
  it.each(['-oProxyCommand=id', 'a b', '$(id)', 'a;b', ''])('is refused when it is %j', async (name) => {
    for (const args of [['detect'], ['watch'], ['fit', '-']]) {
      const { code, err } = await headroom([...args, `--host=${name}`])
      expect(code).toBe(2)
      expect(err).toContain('--host')
    }
  })

  it('does not go with cards of the catalog or pasted output', async () => {
    expect(await headroom(['fit', '-', '--host', 'a', '--gpu', 'L4'])).toMatchObject({ code: 2, err: expect.stringContaining('--gpu or --host') as unknown })
    expect(await headroom(['detect', '--host', 'a', '--from', '-'])).toMatchObject({ code: 2, err: expect.stringContaining('--host or --from') as unknown })
  })
})

describe.skipIf(process.platform === 'win32')('headroom watch', () => {
  it('prints a JSON object a reading, or rows of CSV, or a table', async () => {
    const env = withSmi(folder, smi)
    const json = await headroom(['watch', '--json', '--count', '2', '--interval', '0.5'], { env })
    expect([json.code, json.err]).toEqual([0, ''])
    const readings = json.out.trim().split('\n').map((line) => JSON.parse(line) as Sample)
    expect(readings).toHaveLength(2)
    expect(readings[1]?.devices).toMatchObject([{ key: CARD.uuid, usedBytes: 1000 * 2 ** 20, utilization: 0.4 }])
    const csv = await headroom(['watch', '--csv', '--count', '1'], { env })
    expect(csv.out.split('\n')).toEqual([expect.stringMatching(/^at,index,device,/), expect.stringMatching(/,0,GPU-12345678-aaaa-bbbb-cccc-0123456789ab,NVIDIA GeForce RTX 3090,1048576000,/), ''])
    const table = await headroom(['watch', '--count', '1', '--lang', 'zh'], { env })
    expect(table.out).toMatch(/NVIDIA GeForce RTX 3090 +24\.00 GiB +0\.98 GiB/)
  })

  it('ends on Ctrl+C, and says why it cannot go on', async () => {
    const env = withSmi(folder, smi)
    expect(await headroom(['watch', '--json'], { env, signalOnOutput: 'SIGINT' })).toMatchObject({ code: 0, err: '' })
    const broken = withSmi(folder, fakeSmi({ report: capture('rtx-3090-v12.xml'), cards: [CARD], stream: "echo 'Failed to initialize NVML: Driver/library version mismatch'; exit 18" }))
    expect(await headroom(['watch'], { env: broken })).toMatchObject({ code: 1, err: expect.stringContaining('Reboot') as unknown })
    expect((await headroom(['watch', '--interval', '0.1'])).code).toBe(2)
    expect((await headroom(['watch', '--json', '--csv'])).code).toBe(2)
  })
})

describe.skipIf(SSHD === null)(`a host over ssh${SSHD === null ? ` (${NO_SSHD})` : ''}`, () => {
  let server: SshServer
  beforeEach(async () => {
    server = await startSshServer()
    server.tool('nvidia-smi', smi)
  })
  afterEach(async () => { await server.stop() })

  it('is detected, judged against, and watched', async () => {
    const env = { PATH: server.env['PATH'] }
    const detected = await headroom(['detect', '--host', 'gpu-box', '--json'], { env })
    expect(detected.code).toBe(0)
    expect((JSON.parse(detected.out) as Detection).gpus).toMatchObject([{ name: 'NVIDIA GeForce RTX 3090' }])
    expect((await headroom(['detect', '--host', 'gpu-box'], { env })).out).toContain('NVIDIA GeForce RTX 3090')
    const plan = path.join(folder, 'plan.json')
    writeFileSync(plan, JSON.stringify(defaultPlan()))
    const judged = await headroom(['fit', plan, '--host', 'gpu-box', '--json', '--fast'], { env })
    expect([0, 3]).toContain(judged.code)
    expect(JSON.parse(judged.out)).toMatchObject({ devices: [{ device: { name: 'NVIDIA GeForce RTX 3090', origin: 'detected', machine: 'ssh:gpu-box' } }] })
    const watched = await headroom(['watch', '--host', 'gpu-box', '--csv', '--count', '2'], { env })
    expect(watched.code).toBe(0)
    expect(watched.out.trim().split('\n')).toHaveLength(3)
  })

  it('says why it cannot be reached', async () => {
    const env = { PATH: server.env['PATH'] }
    writeFileSync(server.knownHosts, '')
    const detected = await headroom(['detect', '--host', 'gpu-box'], { env })
    expect(detected.code).toBe(1)
    expect(detected.out).toContain('Connect once in a terminal')
    expect(await headroom(['watch', '--host', 'gpu-box'], { env })).toMatchObject({ code: 2, err: expect.stringContaining('Connect once in a terminal') as unknown })
    expect(await headroom(['fit', '-', '--host', 'gpu-box'], { env, input: JSON.stringify(defaultPlan()) })).toMatchObject({ code: 2, err: expect.stringContaining('Connect once in a terminal') as unknown })
  })
})
