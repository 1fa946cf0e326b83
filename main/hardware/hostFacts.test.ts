import { describe, expect, it } from 'vitest'
import { environmentOf, linuxMemory, meminfo } from './hostFacts.ts'
import { localHostFacts } from './local/hostFacts.ts'

const GIB = 1024 ** 3
const files = (more: Record<string, string> = {}) => new Map(Object.entries({ '/proc/meminfo': 'MemTotal:       67108864 kB\nMemFree:         1048576 kB\nMemAvailable:   50331648 kB\nBuffers: 1 kB\n', ...more }))

describe('linuxMemory', () => {
  it('gives what is available, not what is unused', () => {
    expect(linuxMemory(files())).toEqual({ ramTotalBytes: 64 * GIB, ramFreeBytes: 48 * GIB })
    expect(linuxMemory(new Map([['/proc/meminfo', 'MemTotal: 1024 kB\nMemFree: 512 kB\n']]))).toEqual({ ramTotalBytes: 1024 ** 2, ramFreeBytes: 512 * 1024 })
    expect(linuxMemory(new Map())).toBeNull()
    expect(meminfo(files(), 'MemAvail')).toBeNull()
  })

  it('counts the limit of a container, whose file cache can be had back', () => {
    const limited = { '/sys/fs/cgroup/memory.max': `${16 * GIB}\n`, '/sys/fs/cgroup/memory.current': `${10 * GIB}\n`, '/sys/fs/cgroup/memory.stat': `anon 1\ninactive_file ${4 * GIB}\n` }
    expect(linuxMemory(files(limited))).toEqual({ ramTotalBytes: 16 * GIB, ramFreeBytes: 10 * GIB })
    const older = { '/sys/fs/cgroup/memory/memory.limit_in_bytes': `${8 * GIB}\n`, '/sys/fs/cgroup/memory/memory.usage_in_bytes': `${9 * GIB}\n` }
    expect(linuxMemory(files(older))).toEqual({ ramTotalBytes: 8 * GIB, ramFreeBytes: 0 })
  })

  it.each(['max\n', '9223372036854771712\n', 'x'])('knows no limit in %j', (text) => {
    expect(linuxMemory(files({ '/sys/fs/cgroup/memory.max': text }))).toEqual({ ramTotalBytes: 64 * GIB, ramFreeBytes: 48 * GIB })
  })
})

describe('environmentOf', () => {
  it.each([
    [{ '/proc/version': 'Linux version 5.15.153.1-microsoft-standard-WSL2 (root@1) #1 SMP' }, {}, ['wsl']],
    [{ '/.dockerenv': '' }, {}, ['container']],
    [{ '/run/.containerenv': 'engine="podman"' }, {}, ['container']],
    [{ '/proc/1/cgroup': '12:memory:/kubepods/besteffort/pod1\n' }, {}, ['container']],
    [{}, { KUBERNETES_SERVICE_HOST: '10.0.0.1' }, ['container']],
    [{ '/proc/version': 'Linux version 6.8.0-45-generic', '/proc/1/cgroup': '0::/init.scope\n' }, {}, []]
  ])('%j %j: %j', (given, variables, expected) => { expect(environmentOf(new Map(Object.entries(given)), new Map(Object.entries(variables)))).toEqual(expected) })
})

describe('localHostFacts', () => {
  it('knows this machine and the disk of its folder', async () => {
    const facts = await localHostFacts(new Map(), {}, import.meta.dirname)
    expect(facts.ramTotalBytes).toBeGreaterThanOrEqual(facts.ramFreeBytes)
    expect(facts.disk).toMatchObject({ path: import.meta.dirname })
    expect(facts.disk!.totalBytes).toBeGreaterThanOrEqual(facts.disk!.freeBytes)
    expect(facts.disk!.freeBytes).toBeGreaterThan(0)
    expect((await localHostFacts(new Map(), {}, '/absent/folder')).disk).toBeNull()
  })
})
