import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { detect } from '../detect.ts'
import { GENERAL_PROBES, VENDOR_SUPPORT } from '../vendors.ts'
import { sshFailure } from './failures.ts'
import { MARKER } from './marker.ts'
import { powerShellScript } from './powerShellScript.ts'
import { readAnswer } from './readAnswer.ts'
import { sections } from './sections.ts'
import { probesOf, shellScript } from './shellScript.ts'

const COLLECTION = { supports: VENDOR_SUPPORT, general: GENERAL_PROBES }
const mark = (text: string): string => `\n${MARKER} ${text}\n`

describe('what ssh says when it fails', () => {
  it.each([
    ['me@gpu: Permission denied (publickey,password).', 'ssh-auth'],
    ['Received disconnect from 10.0.0.1 port 22:2: Too many authentication failures', 'ssh-auth'],
    ['No ED25519 host key is known for gpu and you have requested strict checking.\r\nHost key verification failed.', 'ssh-hostkey-unknown'],
    ['@@@@@@@@@\n@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\n@@@@@@@@@\nOffending ECDSA key in /home/me/.ssh/known_hosts:7\nHost key verification failed.', 'ssh-hostkey-changed'],
    ['ssh: connect to host 10.0.0.9 port 22: Connection timed out', 'ssh-unreachable'],
    ['ssh: connect to host 10.0.0.9 port 22: Connection refused', 'ssh-unreachable'],
    ['ssh: connect to host 10.0.0.9 port 22: No route to host', 'ssh-unreachable'],
    ['kex_exchange_identification: Connection closed by remote host\nConnection closed by 10.0.0.9 port 22', 'ssh-unreachable'],
    ['Timeout, server 10.0.0.9 not responding.', 'ssh-unreachable'],
    ['ssh: Could not resolve hostname gpu: Name or service not known', 'ssh-dns'],
    ['/home/me/.ssh/config: line 3: Bad configuration option: hostnam', 'ssh-config'],
    ['Bad owner or permissions on C:\\\\Users\\\\me/.ssh/config', 'ssh-config'],
    ['getsockname failed: Not a socket', 'ssh-mux'],
    ['mux_client_request_session: session request failed: Session open refused by peer', 'ssh-mux'],
    ['Unable to negotiate with 10.0.0.9 port 22: no matching host key type found. Their offer: ssh-rsa,ssh-dss', 'ssh-algorithm'],
    ['Unable to negotiate with 10.0.0.9 port 22: no matching key exchange method found. Their offer: diffie-hellman-group1-sha1', 'ssh-algorithm'],
    ['sign_and_send_pubkey: signing failed for ED25519 "/home/me/.ssh/id" from agent: agent refused operation\nme@gpu: Permission denied (publickey).', 'ssh-agent'],
    ['something new', 'ssh-failed'],
    ['', 'ssh-failed']
  ])('%j means %s', (said, code) => {
    const found = sshFailure(said, 'gpu', 255)
    expect(found.code).toBe(code)
    expect(found.detail).toMatch(/^gpu: ./)
  })
})

describe('an answer', () => {
  it('is split at marker lines only, and what comes before is not ours', () => {
    const text = `Welcome!\n${MARKER}\n${mark('begin')}${mark('fact name')}box\n${mark('file /a b')}one\n\ntwo${mark('file /empty')}${mark('end')}`
    expect(sections(text).map(({ kind, argument, text: inside }) => [kind, argument, inside])).toEqual([
      ['begin', '', ''], ['fact', 'name', 'box\n'], ['file', '/a b', 'one\n\ntwo'], ['file', '/empty', ''], ['end', '', '']
    ])
  })

  it('survives any damage without inventing memory', () => {
    const report = readFileSync(path.join(import.meta.dirname, '../fixtures/nvidia/xml/rtx-3090-v12.xml'), 'utf8')
    const probes = probesOf(COLLECTION)
    const whole = `${mark('begin')}${mark('fact system')}Linux\n${mark('file /proc/meminfo')}MemTotal:       65762300 kB\nMemAvailable:   60000000 kB\n${mark(`run ${probes.findIndex(({ name }) => name === 'nvidia-smi -q -x')} /usr/bin/nvidia-smi`)}${report}${mark('status 0')}${mark('end')}`
    const cut = fc.tuple(fc.nat(whole.length), fc.nat(200), fc.string({ maxLength: 40 })).map(([at, length, put]) => whole.slice(0, at) + put + whole.slice(at + length))
    fc.assert(fc.property(cut, (text) => {
      const read = readAnswer({ text, outcome: 'exited', timeAt: () => 0 }, probes, 'gpu')
      if (read === null) return
      const { gpus } = detect(read.evidence, VENDOR_SUPPORT, new Date(0))
      for (const gpu of gpus) expect([null, 24576 * 1024 ** 2]).toContain(gpu.memory.totalBytes)
    }), { numRuns: 200 })
  })
})

describe('the scripts', () => {
  it('are the same text every time, and POSIX', () => {
    const script = shellScript(COLLECTION)
    expect(shellScript(COLLECTION)).toBe(script)
    execFileSync('sh', ['-n'], { input: script })
    for (const { name } of probesOf(COLLECTION).filter(({ systems }) => systems.includes('win32'))) {
      expect(powerShellScript(COLLECTION), name).toContain(`$found[${probesOf(COLLECTION).findIndex((probe) => probe.name === name)}]`)
    }
  })

  it('refuse tables that hold more than paths and names', () => {
    const [first] = VENDOR_SUPPORT
    expect(() => shellScript({ general: [], supports: [{ ...first!, files: ['/proc/$(id)'] }] })).toThrow('Not a plain path pattern')
    expect(() => shellScript({ general: [], supports: [{ ...first!, variables: ['A;id'] }] })).toThrow('Not the name of a variable')
  })
})
