import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { expand, readFiles } from './readFiles.ts'

let root: string
beforeEach(() => { root = mkdtempSync(path.join(tmpdir(), 'headroom-root-')) })
afterEach(() => { rmSync(root, { recursive: true, force: true }) })

function lay (file: string, text: string): void {
  mkdirSync(path.join(root, path.dirname(file)), { recursive: true })
  writeFileSync(path.join(root, file), text)
}

describe('readFiles', () => {
  it('reads what patterns name, by absolute path, in order', async () => {
    lay('/sys/class/drm/card1/device/vendor', '0x1002\n')
    lay('/sys/class/drm/card0/device/vendor', '0x8086\n')
    lay('/sys/class/drm/card0-HDMI-A-1/status', 'connected')
    lay('/proc/meminfo', 'MemTotal: 1 kB\n')
    expect([...await readFiles(['/sys/class/drm/card*/device/vendor', '/proc/meminfo', '/absent', '/absent/*/x'], { root })]).toEqual([
      ['/proc/meminfo', 'MemTotal: 1 kB\n'], ['/sys/class/drm/card0/device/vendor', '0x8086\n'], ['/sys/class/drm/card1/device/vendor', '0x1002\n']
    ])
  })

  it('follows links, and leaves out folders, pipes and what may not be read', async () => {
    lay('/real/file', 'x')
    symlinkSync('real', path.join(root, 'link'))
    mkdirSync(path.join(root, 'folder'))
    execFileSync('mkfifo', [path.join(root, 'pipe')])
    lay('/secret', 'x')
    chmodSync(path.join(root, 'secret'), 0)
    const read = await readFiles(['/link/file', '/folder', '/pipe', '/sec*'], { root })
    expect([...read.keys()].filter((file) => file !== '/secret')).toEqual(['/link/file'])
  })

  it('reads the beginning of a large file only', async () => {
    lay('/large', 'x'.repeat(1_000_000))
    expect((await readFiles(['/large'], { root })).get('/large')).toHaveLength(65_536)
  })

  it('keeps stars within one segment, and characters of patterns plain', async () => {
    lay('/a/b.c/d', '')
    lay('/a/bxc/d', '')
    expect(await expand('/a/b.*/d', root)).toEqual(['/a/b.c/d'])
    expect(await expand('/*/d', root)).toEqual(['/a/d'])
    expect(await expand('/a/*x*/d', root)).toEqual(['/a/bxc/d'])
  })
})
