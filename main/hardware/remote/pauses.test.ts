import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { remoteMachines, type RemoteMachines } from './remoteMachines.ts'

let folder: string
let clock = 0
let remote: RemoteMachines

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'headroom-pauses-'))
  clock = 0
})
afterEach(() => {
  remote.close()
  rmSync(folder, { recursive: true, force: true })
})

function withSsh (body: string): void {
  const ssh = path.join(folder, 'ssh')
  writeFileSync(ssh, `#!/bin/sh\necho "begin" >> ${folder}/log\n${body}\necho "end" >> ${folder}/log\nexit 255\n`)
  chmodSync(ssh, 0o755)
  remote = remoteMachines({ ssh, now: () => clock, env: { ...process.env, XDG_RUNTIME_DIR: folder } })
}

const attempts = (): number => readFileSync(path.join(folder, 'log'), 'utf8').split('\n').filter((line) => line === 'begin').length

describe.skipIf(process.platform === 'win32')('a host that fails', () => {
  it('is left alone for longer and longer, and tried sooner when asked to', async () => {
    withSsh('echo "connect to host x port 22: Connection refused" >&2')
    const after = async (seconds: number, refresh = false): Promise<number> => {
      clock += seconds * 1000
      expect((await remote.look('x', refresh)).detection.findings).toMatchObject([{ code: 'ssh-unreachable' }])
      return attempts()
    }
    expect(await after(0)).toBe(1)
    expect(await after(4.9)).toBe(1)
    expect(await after(0.2)).toBe(2)
    expect(await after(9)).toBe(2)
    expect(await after(1.1)).toBe(3)
    expect(await after(4, true)).toBe(3)
    expect(await after(1.1, true)).toBe(4)
    for (let i = 0; i < 6; i++) await after(301)
    expect(attempts()).toBe(10)
    expect(await after(299)).toBe(10)
    expect(await after(2)).toBe(11)
  })

  it('is never tried twice at a time, another host meanwhile is', async () => {
    withSsh('sleep 0.3')
    await Promise.all([remote.look('x', true), remote.look('x', true), remote.look('x', false)])
    expect(attempts()).toBe(1)
    const connection = remote.connect('x')
    const second = remote.connect('x')
    let isSecond = false
    void second.then(() => { isSecond = true })
    const first = await connection
    await remote.look('y', true)
    expect(isSecond).toBe(false)
    first?.connected(false)
    expect(await second).not.toBeNull()
  })
})
