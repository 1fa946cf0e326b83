import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, it } from 'vitest'
import { device } from '../reading/device.ts'
import { drmProcesses } from './drmProcesses.ts'

it.skipIf(process.platform === 'win32')('finds who holds memory of AMD cards, each client once', async () => {
  const root = mkdtempSync(path.join(tmpdir(), 'headroom-proc-'))
  const put = (pid: number, name: string, descriptors: readonly (readonly [target: string, info: string])[]): void => {
    const folder = path.join(root, 'proc', String(pid))
    for (const part of ['fd', 'fdinfo']) mkdirSync(path.join(folder, part), { recursive: true })
    writeFileSync(path.join(folder, 'comm'), `${name}\n`)
    for (const [fd, [target, info]] of descriptors.entries()) {
      symlinkSync(target, path.join(folder, 'fd', String(fd)))
      writeFileSync(path.join(folder, 'fdinfo', String(fd)), info)
    }
  }
  const info = (bus: string, client: number, memory: string): string => `pos:\t0\ndrm-driver:\tamdgpu\ndrm-client-id:\t${client}\ndrm-pdev:\t${bus}\n${memory}\n`
  try {
    put(100, 'python', [
      ['/dev/dri/renderD128', info('0000:03:00.0', 7, 'drm-memory-vram:\t1048576 KiB')],
      ['/dev/dri/renderD128', info('0000:03:00.0', 7, 'drm-memory-vram:\t1048576 KiB')],
      ['/dev/dri/renderD128', info('0000:03:00.0', 8, 'drm-memory-vram:\t2 MiB')],
      ['/dev/dri/renderD129', info('0000:83:00.0', 9, 'drm-memory-vram:\t512 KiB')],
      ['/dev/null', info('0000:03:00.0', 1, 'drm-memory-vram:\t9 KiB')]
    ])
    put(101, 'sh', [['/dev/null', '']])
    put(102, 'odd', [['/dev/dri/renderD128', 'nonsense'], ['/dev/dri/card0', info('0000:99:00.0', 1, 'drm-memory-vram:\t5 KiB')]])
    mkdirSync(path.join(root, 'proc', 'self'))
    const gpus = ['03', '83'].map((bus, i) => device('amd', i, 'card', { pciBusId: `00000000:${bus}:00.0` }))
    const look = drmProcesses(gpus, root)
    const found = [
      { deviceKey: '00000000:03:00.0', pid: 100, name: 'python', usedBytes: 1026 * 1024 ** 2 },
      { deviceKey: '00000000:83:00.0', pid: 100, name: 'python', usedBytes: 512 * 1024 }
    ]
    expect(await look()).toEqual(found)
    expect(await look()).toEqual(found)
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
})
