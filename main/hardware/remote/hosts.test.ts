import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import * as v from 'valibot'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { MachineRefSchema, SshHostSchema } from '#shared/contract/index.ts'
import { sshArguments, sshEnvironment } from './sshArguments.ts'
import { sshConfigHosts } from './sshConfig.ts'

const HOSTILE = [
  '', '-oProxyCommand=touch /tmp/x', '--', '-l', 'host name', 'host\nother', 'host;id', 'host$(id)', 'host`id`', 'host|id', 'host&id', 'a/../b',
  'ssh://host', "host'", 'host"', 'host\\', 'host\0', '@host', '.host', ':22', '%h', 'host*', 'höst', `h${'o'.repeat(300)}st`
]

describe('an ssh destination', () => {
  it('is no option, no shell syntax, and not endless', () => {
    for (const host of HOSTILE) {
      expect(v.is(SshHostSchema, host), host).toBe(false)
      expect(v.is(MachineRefSchema, `ssh:${host}`), host).toBe(false)
      expect(() => sshArguments(host, ['sh', '-s'], null), host).toThrow()
    }
  })

  it('may be an alias, a name, an address, with a user', () => {
    for (const host of ['gpu-box', 'root@10.0.0.7', 'user@node-3.cluster.example', '2001:db8::1', 'fe80::1%eth0', 'gpu_01']) {
      const args = sshArguments(host, ['sh', '-s'], null)
      expect(args.slice(-4)).toEqual(['--', host, 'sh', '-s'])
    }
  })
})

describe('the arguments of ssh', () => {
  const optionsOf = (args: readonly string[]): string[] => args.filter((_, i) => args[i - 1] === '-o')

  it('put our options first and never ask for a password', () => {
    const options = optionsOf(sshArguments('gpu-box', ['sh', '-s'], null))
    expect(options).toEqual(expect.arrayContaining(['BatchMode=yes', 'NumberOfPasswordPrompts=0', 'StrictHostKeyChecking=yes', 'PermitLocalCommand=no', 'RemoteCommand=none', 'ForwardAgent=no', 'ClearAllForwardings=yes']))
    const env = sshEnvironment({ SSH_ASKPASS: '/usr/bin/ask', DISPLAY: ':0', LANG: 'de_DE' })
    expect(env).toEqual({ SSH_ASKPASS_REQUIRE: 'never', DISPLAY: ':0', LC_ALL: 'C', LANG: 'C' })
  })

  it('share a connection, or say in so many words that they do not', () => {
    expect(optionsOf(sshArguments('gpu-box', [], { controlPath: '/run/user/0/hr-x/%C' }))).toEqual(expect.arrayContaining(['ControlMaster=auto', 'ControlPath=/run/user/0/hr-x/%C']))
    expect(optionsOf(sshArguments('gpu-box', [], null))).toEqual(expect.arrayContaining(['ControlMaster=no', 'ControlPath=none']))
  })
})

describe('the hosts of the ssh configuration', () => {
  let home: string
  beforeEach(() => {
    home = mkdtempSync(path.join(tmpdir(), 'headroom-home-'))
    mkdirSync(path.join(home, '.ssh', 'conf.d'), { recursive: true })
  })
  afterEach(() => { rmSync(home, { recursive: true, force: true }) })
  const write = (name: string, text: string): void => { writeFileSync(path.join(home, '.ssh', name), text) }

  it('are the names that are no patterns, included files in their place', () => {
    write('config', `# mine
Host gpu-box node01   node02 # the cluster
  HostName 10.0.0.1
host="quoted" plain
Host *.example !bad ? *
Host -oProxyCommand=x $(id) a;b
Match host x exec "touch ${home}/ran"
  Hostname y
Include conf.d/*.conf
	Include "~/.ssh/more" /nonexistent/*
Host last node01
`)
    write('conf.d/b.conf', 'Host second')
    write('conf.d/a.conf', 'Host first\r\n  User me\r\n')
    write('conf.d/notes.txt', 'Host never')
    write('more', 'Host user@elsewhere\nInclude config\n')
    expect(sshConfigHosts(home)).toEqual(['gpu-box', 'node01', 'node02', 'quoted', 'plain', 'first', 'second', 'user@elsewhere', 'last'])
  })

  it('are none without a configuration, or with one that is no file or too large', () => {
    expect(sshConfigHosts(path.join(home, 'absent'))).toEqual([])
    mkdirSync(path.join(home, '.ssh', 'config'))
    expect(sshConfigHosts(home)).toEqual([])
  })
})
