import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Probe, VendorSupport } from '../evidence.ts'
import type { ToolRun } from '../runTool.ts'
import { collectLocal, type CollectOptions, type StuckRuns } from './collect.ts'

let root: string
beforeEach(() => { root = mkdtempSync(path.join(tmpdir(), 'headroom-collect-')) })
afterEach(() => { rmSync(root, { recursive: true, force: true }) })

const log = (): string[] => {
  try { return readFileSync(path.join(root, 'log'), 'utf8').trim().split('\n') } catch { return [] }
}

function script (name: string, body: string): void {
  mkdirSync(path.join(root, 'bin'), { recursive: true })
  const file = path.join(root, 'bin', name)
  writeFileSync(file, `#!/bin/sh\necho "${name} $*" >> '${root}/log'\n${body}\n`)
  chmodSync(file, 0o755)
}

const probe = (tool: string, part: Partial<Probe> = {}): Probe =>
  ({ name: `${tool} ${(part.args ?? []).join(' ')}`.trim(), vendor: 'nvidia', tool, args: [], systems: ['linux'], timeoutMs: 20_000, ...part })

const support = (vendor: VendorSupport['vendor'], ...probes: Probe[]): VendorSupport =>
  ({ vendor, probes, files: ['/proc/driver/x'], variables: ['SET', 'UNSET'], read: () => ({ gpus: [], findings: [], seen: false }) })

const collect = (supports: VendorSupport[], options: CollectOptions = {}, stuck: StuckRuns = new Map()) =>
  collectLocal(supports, [], { env: { PATH: `${path.join(root, 'bin')}:/usr/bin:/bin`, SET: 'yes' }, root, system: 'linux', pathOnly: true, ...options }, stuck)

describe.skipIf(process.platform === 'win32')('collectLocal', () => {
  it('runs the probes of a vendor in their order, each only when the one before gave reason', async () => {
    script('smi', '[ "$1" = a ] && echo "<mig_device>"')
    const { runs, variables, files } = await collect([support('nvidia',
      probe('smi', { args: ['a'] }), probe('smi', { args: ['b'], after: { probe: 'smi a', matching: '<mig_device>' } }), probe('smi', { args: ['c'], after: { probe: 'smi a', matching: '<other>' } }), probe('absent'))])
    expect(log()).toEqual(['smi a', 'smi b'])
    expect(runs.get('smi a')).toMatchObject({ outcome: 'exited', path: path.join(root, 'bin', 'smi'), stdout: '<mig_device>\n' })
    expect(runs.get('absent')).toMatchObject({ outcome: 'not-started', startError: 'ENOENT', path: null })
    expect(runs.has('smi c')).toBe(false)
    expect([...variables]).toEqual([['SET', 'yes']])
    expect([...files]).toEqual([])
  })

  it('asks nothing more of a vendor whose tool hangs, and goes on with the others', async () => {
    script('hung', 'trap "" TERM; sleep 600')
    script('well', 'echo fine')
    const { runs } = await collect([support('nvidia', probe('hung', { args: ['a'], timeoutMs: 400 }), probe('hung', { args: ['b'] })), support('amd', probe('well'))])
    expect(runs.get('hung a')).toMatchObject({ outcome: 'timed-out', status: null })
    expect(runs.get('well')).toMatchObject({ outcome: 'exited', stdout: 'fine\n' })
    expect(log().sort()).toEqual(['hung a', 'well'])
  })

  it('starts no second process beside one that could not be killed, until that is gone', async () => {
    script('smi', 'echo answer')
    let alive = true
    const undead: ToolRun = { outcome: 'timed-out', status: null, stdout: '', stderr: '', startError: null, pid: 4711, isAlive: () => alive }
    const stuck: StuckRuns = new Map([['nvidia', undead]])
    const first = await collect([support('nvidia', probe('smi'))], {}, stuck)
    expect(first.runs.get('smi')).toMatchObject({ outcome: 'timed-out', stderr: 'smi, pid 4711' })
    expect(log()).toEqual([])
    alive = false
    const second = await collect([support('nvidia', probe('smi'))], {}, stuck)
    expect(second.runs.get('smi')).toMatchObject({ outcome: 'exited', stdout: 'answer\n' })
  })

  it('does not wake a card that sleeps', async () => {
    const device = path.join(root, 'sys/bus/pci/devices/0000:01:00.0')
    mkdirSync(path.join(device, 'power'), { recursive: true })
    writeFileSync(path.join(device, 'uevent'), 'DRIVER=nvidia\nPCI_CLASS=30000\nPCI_ID=10DE:24DC\n')
    writeFileSync(path.join(device, 'power', 'runtime_status'), 'suspended\n')
    script('smi', 'echo awake')
    const { runs, files } = await collect([support('nvidia', probe('smi', { wakes: '10de' }))])
    expect(runs.size).toBe(0)
    expect(log()).toEqual([])
    expect(files.size).toBe(2)
  })

  it('reads no files of another system', async () => {
    mkdirSync(path.join(root, 'proc/driver'), { recursive: true })
    writeFileSync(path.join(root, 'proc/driver/x'), 'here')
    expect((await collect([support('nvidia')])).files.get('/proc/driver/x')).toBe('here')
    expect((await collect([support('nvidia')], { system: 'win32' })).files.size).toBe(0)
  })
})
