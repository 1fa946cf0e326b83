import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { findTool } from './findTool.ts'
import { runTool } from './runTool.ts'

let folder: string
beforeEach(() => { folder = mkdtempSync(path.join(tmpdir(), 'headroom-tool-')) })
afterEach(() => { rmSync(folder, { recursive: true, force: true }) })

function script (name: string, body: string, head = '#!/bin/sh'): string {
  const file = path.join(folder, name)
  writeFileSync(file, `${head}\n${body}\n`)
  chmodSync(file, 0o755)
  return file
}

const patient = { timeoutMs: 20_000 }

function isRunning (pid: number): boolean {
  try { process.kill(pid, 0); return true } catch { return false }
}

const until = async (done: () => boolean): Promise<void> => {
  while (!done()) await new Promise((resolve) => { setTimeout(resolve, 10) })
}

describe.skipIf(process.platform === 'win32')('runTool', () => {
  it('returns both streams and the status', async () => {
    expect(await runTool(script('t', 'echo out; echo err >&2; exit 7'), [], patient)).toMatchObject({ outcome: 'exited', status: 7, stdout: 'out\n', stderr: 'err\n' })
  })

  it('passes arguments as they are and asks for English', async () => {
    const run = await runTool(script('t', 'printf "%s|" "$@"; printf "%s" "$LC_ALL$LANG"'), ['a b', '$(id)', '; true'], { ...patient, env: { PATH: process.env['PATH'], LANG: 'de_DE.UTF-8' } })
    expect(run.stdout).toBe('a b|$(id)|; true|CC')
  })

  it('gives a tool that reads its input nothing to read', async () => {
    expect(await runTool(script('t', 'cat; echo end'), [], patient)).toMatchObject({ outcome: 'exited', stdout: 'end\n' })
  })

  it('stops a tool that ignores every signal it may, with what it started, and keeps what it wrote', async () => {
    const file = script('t', 'trap "" TERM INT HUP\necho $$\nsleep 600 & echo $!\nwait; wait; sleep 600')
    const run = await runTool(file, [], { timeoutMs: 500 })
    expect(run).toMatchObject({ outcome: 'timed-out', status: null })
    const pids = run.stdout.trim().split('\n').map(Number)
    expect(pids).toHaveLength(2)
    await until(() => !run.isAlive())
    await until(() => pids.every((pid) => !isRunning(pid)))
  })

  it('stops a tool that writes without end, and keeps the beginning', async () => {
    const run = await runTool(script('t', 'yes 0123456789'), [], { ...patient, maxOutputBytes: 100_000 })
    expect(run.outcome).toBe('too-much-output')
    expect(run.stdout).toHaveLength(100_000)
    await until(() => !run.isAlive())
  })

  it('says why a tool did not start', async () => {
    expect(await runTool(path.join(folder, 'absent'), [], patient)).toMatchObject({ outcome: 'not-started', startError: 'ENOENT' })
    const plain = path.join(folder, 'plain')
    writeFileSync(plain, 'text')
    expect(await runTool(plain, [], patient)).toMatchObject({ outcome: 'not-started', startError: 'EACCES' })
    expect(await runTool('a\0b', [], patient)).toMatchObject({ outcome: 'not-started', startError: 'ERR_INVALID_ARG_VALUE' })
  })
})

describe.skipIf(process.platform === 'win32')('findTool', () => {
  it('takes the first executable on PATH, and only absolute entries', () => {
    const file = script('t', '')
    expect(findTool({ name: 't', env: { PATH: `.:relative::/nonexistent:${folder}` } })).toBe(file)
    expect(findTool({ name: 't', env: { PATH: `.:${path.relative(process.cwd(), folder)}` } })).toBeNull()
    expect(findTool({ name: 't', env: {} })).toBeNull()
    writeFileSync(path.join(folder, 'plain'), '')
    expect(findTool({ name: 'plain', env: { PATH: folder } })).toBeNull()
  })

  it('looks before and after PATH too', () => {
    const file = script('t', '')
    expect(findTool({ name: 't', env: { PATH: '/nonexistent' }, after: [folder] })).toBe(file)
    expect(findTool({ name: 'sh', env: process.env, before: [folder] })).not.toBeNull()
  })
})
