import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { VendorSupport } from '../evidence.ts'
import { VENDOR_SUPPORT } from '../vendors.ts'
import { NO_SSHD, SSHD, startSshServer, type SshServer } from './fixtures/sshServer.ts'
import { remoteMachines, type RemoteMachines, type RemoteMachinesOptions } from './remoteMachines.ts'

const capture = (name: string): string => path.join(import.meta.dirname, '../fixtures/nvidia/xml', name)
/** Answers as nvidia-smi does where it is asked for the report, and fails as it does elsewhere. */
const replay = (name: string): string => `case "$*" in "-q -x") cat ${capture(name)};; *) echo 'Field "compute_cap" is not a valid field to query.'; exit 2;; esac`

let server: SshServer
const open: RemoteMachines[] = []

function machines (options: RemoteMachinesOptions = {}): RemoteMachines {
  const made = remoteMachines({ env: server.env, ...options })
  open.push(made)
  return made
}

const codes = async (host = 'gpu-box', options: RemoteMachinesOptions = {}): Promise<string[]> =>
  (await machines(options).look(host, true)).detection.findings.map(({ code }) => code)

/** The same tools, each allowed one second. */
const impatient = (): RemoteMachinesOptions => ({
  collection: { general: [], supports: VENDOR_SUPPORT.map((support): VendorSupport => ({ ...support, probes: support.probes.map((probe) => ({ ...probe, timeoutMs: 1000 })) })) }
})

describe.skipIf(SSHD === null)(`a machine over ssh${SSHD === null ? ` (${NO_SSHD})` : ''}`, () => {
  beforeEach(async () => { server = await startSshServer() })
  afterEach(async () => {
    for (const one of open.splice(0)) one.close()
    await server.stop()
  })

  it('shows its cards as a local machine does', async () => {
    server.tool('nvidia-smi', replay('rtx-3090-v12.xml'))
    const { detection, evidence } = await machines().look('gpu-box', true)
    expect(detection.gpus).toMatchObject([{ name: 'NVIDIA GeForce RTX 3090', catalogId: expect.any(String) as unknown, memory: { totalBytes: 24576 * 1024 ** 2 } }])
    expect(detection.findings.filter(({ severity }) => severity === 'error')).toEqual([])
    expect(detection.host.ramTotalBytes).toBeGreaterThan(0)
    expect(detection.host.disk).not.toBeNull()
    expect(detection.probes.find(({ name }) => name === 'nvidia-smi -q -x')).toMatchObject({ outcome: 'exited', status: 0, path: path.join(server.folder, 'bin/nvidia-smi') })
    expect(evidence?.files.get('/proc/meminfo')).toContain('MemAvailable')
  })

  it('reads sixteen-fold reports whole, also through a shared connection', async () => {
    server.tool('nvidia-smi', replay('8x-a100-40gb-mig.xml'))
    const remote = machines()
    const first = await remote.look('gpu-box', true)
    const second = await remote.look('gpu-box', true)
    expect(first.detection.gpus).toHaveLength(8)
    expect(second.detection.gpus).toEqual(first.detection.gpus)
    expect(server.sessions()).toHaveLength(1)
  })

  it('ignores banners and what a profile prints', async () => {
    server.tool('nvidia-smi', replay('rtx-3090-v12.xml'))
    forced('echo "*** Welcome ***"; echo "<nvidia_smi_log> =-="; echo "quota exceeded" >&2; exec $SSH_ORIGINAL_COMMAND')
    const { detection } = await machines().look('gpu-box', true)
    expect(detection.gpus).toHaveLength(1)
  })

  it('is without GPUs when it has none, which is an answer', async () => {
    const { detection, evidence } = await machines().look('gpu-box', true)
    expect(evidence).not.toBeNull()
    expect(detection.gpus).toEqual([])
    expect(detection.findings.map(({ code }) => code)).not.toContain('ssh-failed')
  })

  it('is told to be a login node when it has a scheduler and no cards', async () => {
    server.tool('squeue', 'exit 0')
    const { detection } = await machines().look('gpu-box', true)
    expect(detection.host.environment).toContain('login-node')
    expect(detection.findings[0]?.code).toBe('login-node')
    server.tool('nvidia-smi', replay('rtx-3090-v12.xml'))
    expect(await codes()).not.toContain('login-node')
  })

  it('says that no key was accepted', async () => {
    writeFileSync(server.authorizedKeys, readFileSync(path.join(server.folder, 'other.pub')))
    expect(await codes()).toEqual(['ssh-auth'])
  })

  it('says that the host key is unknown, or another than before', async () => {
    const known = readFileSync(server.knownHosts, 'utf8')
    writeFileSync(server.knownHosts, '')
    expect(await codes()).toEqual(['ssh-hostkey-unknown'])
    expect(readFileSync(server.knownHosts, 'utf8')).toBe('')
    writeFileSync(server.knownHosts, `${known.split(' ')[0]} ${readFileSync(path.join(server.folder, 'other.pub'), 'utf8')}`)
    expect(await codes()).toEqual(['ssh-hostkey-changed'])
  })

  it('says that the host is unreachable, has no address, or is configured wrongly', async () => {
    server.configure('Host silent\n  HostName 127.0.0.1\n  Port 1')
    expect(await codes('silent')).toEqual(['ssh-unreachable'])
    expect(await codes('no-such-host.invalid')).toEqual(['ssh-dns'])
    server.configure('Bogus yes')
    const { detection } = await machines().look('gpu-box', true)
    expect(detection.findings).toMatchObject([{ code: 'ssh-config', detail: expect.stringContaining('line 1') as unknown }])
  })

  it('says that no program may be run there', async () => {
    forced('echo "This service allows sftp connections only."')
    const { detection } = await machines().look('gpu-box', true)
    expect(detection.findings).toMatchObject([{ code: 'ssh-no-shell', detail: expect.stringContaining('sftp connections only') as unknown }])
  })

  it('says that there is no ssh', async () => {
    expect(await codes('gpu-box', { env: { PATH: '/nonexistent', SystemRoot: '/nonexistent' }, ssh: null })).toEqual(['ssh-missing'])
  })

  it('keeps what came before a tool hung, and asks it nothing more', async () => {
    server.tool('nvidia-smi', 'echo "$*" >> "$0.calls"; trap "" TERM; sleep 600')
    const { detection } = await machines(impatient()).look('gpu-box', true)
    expect(detection.findings.map(({ code }) => code)).toContain('timed-out')
    expect(detection.host.ramTotalBytes).toBeGreaterThan(0)
    expect(readFileSync(path.join(server.folder, 'bin/nvidia-smi.calls'), 'utf8')).toBe('-q -x\n')
  })

  it('gives up on an answer that does not end, with what had arrived', async () => {
    server.tool('nvidia-smi', 'sleep 600')
    const { detection, evidence } = await machines({ timeoutMs: 3000 }).look('gpu-box', true)
    expect(detection.findings.map(({ code }) => code)).toEqual(expect.arrayContaining(['ssh-timed-out', 'timed-out']))
    expect(evidence?.host.ramTotalBytes).toBeGreaterThan(0)
  })

  it('invents nothing from garbage or output without end', async () => {
    server.tool('nvidia-smi', 'head -c 100000 /dev/urandom')
    const garbage = await machines().look('gpu-box', true)
    expect(garbage.detection.gpus).toEqual([])
    expect(garbage.detection.findings.map(({ code }) => code)).toContain('unreadable-output')
    server.tool('nvidia-smi', 'yes "<nvidia_smi_log>"')
    const endless = await machines().look('gpu-box', true)
    expect(endless.detection.gpus).toEqual([])
    expect(endless.detection.findings.map(({ code }) => code)).toContain('too-much-output')
  })

  it('is asked in PowerShell when it has no POSIX shell', async () => {
    const answer = path.join(server.folder, 'answer')
    const mark = (text: string): string => `\r\n=-=7d1f0c6be2a84c59=-= ${text}\r\n`
    writeFileSync(answer, `${mark('begin')}${mark('fact system')}Windows\r\n${mark('fact name')}WORKSTATION\r\n${mark('fact memory')}34359738368\r\n${mark('fact free')}17179869184\r\n` +
      `${mark('fact disk')}- 976110592 0 412345678 0% C:\\\r\n${mark('run 2 C:\\Windows\\System32\\nvidia-smi.exe')}${readFileSync(capture('rtx-2080-win.xml'), 'utf8')}${mark('status 0')}${mark('end')}`)
    forced(`case $SSH_ORIGINAL_COMMAND in sh*) echo "Der Befehl 'sh' ist entweder falsch geschrieben oder konnte nicht gefunden werden." >&2; exit 1;; *) echo "$SSH_ORIGINAL_COMMAND" > ${server.folder}/asked; cat > ${server.folder}/script; cat ${answer};; esac`)
    const { detection } = await machines().look('gpu-box', true)
    expect(detection.gpus).toMatchObject([{ name: expect.stringContaining('2080') as unknown, driverModel: 'WDDM' }])
    expect(detection.host).toMatchObject({ name: 'WORKSTATION', ramTotalBytes: 32 * 1024 ** 3, disk: { freeBytes: 412345678 * 1024 } })
    const asked = readFileSync(path.join(server.folder, 'asked'), 'utf8').trim().split(' ')
    expect(asked.slice(0, 4)).toEqual(['powershell', '-NoProfile', '-NonInteractive', '-EncodedCommand'])
    expect(Buffer.from(asked[4]!, 'base64').toString('utf16le')).toContain('ScriptBlock')
    expect(readFileSync(path.join(server.folder, 'script'), 'utf8')).toContain("'-q -x'")
  })

  it('is without devices, but not without a reason, once it cannot be reached', async () => {
    server.tool('nvidia-smi', replay('rtx-3090-v12.xml'))
    const remote = machines()
    expect((await remote.look('gpu-box', true)).detection.gpus).toHaveLength(1)
    writeFileSync(server.knownHosts, '')
    for (const pid of server.sessions()) process.kill(pid)
    while (server.sessions().length > 0) await new Promise((resolve) => { setTimeout(resolve, 20) })
    const { detection, evidence } = await remote.look('gpu-box', true)
    expect(evidence).toBeNull()
    expect(detection).toMatchObject({ gpus: [], host: { name: 'gpu-box', ramTotalBytes: 0 }, findings: [{ code: 'ssh-hostkey-unknown' }] })
  })

  it('keeps shared connections in a private folder and ends them', async () => {
    const runtime = path.join(server.folder, 'r')
    const { mkdirSync } = await import('node:fs')
    mkdirSync(runtime)
    const remote = machines({ env: { ...server.env, XDG_RUNTIME_DIR: runtime } })
    await remote.look('gpu-box', true)
    const [folder] = readdirSync(runtime)
    expect(statSync(path.join(runtime, folder!)).mode & 0o777).toBe(0o700)
    expect(readdirSync(path.join(runtime, folder!))).toHaveLength(1)
    remote.close()
    expect(existsSync(path.join(runtime, folder!))).toBe(false)
    while (server.sessions().length > 0) await new Promise((resolve) => { setTimeout(resolve, 20) })
  })

  /** Whatever the client asks for, the server runs this. */
  function forced (command: string): void {
    const key = readFileSync(path.join(server.folder, 'user.pub'), 'utf8')
    writeFileSync(server.authorizedKeys, `command="${command.replaceAll('"', '\\"')}" ${key}`)
  }
})
