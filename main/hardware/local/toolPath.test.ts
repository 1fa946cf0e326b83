import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Probe } from '../evidence.ts'
import { NVIDIA_PROBES } from '../nvidia/probes.ts'
import { foldersOf, toolPath } from './toolPath.ts'

let root: string
beforeEach(() => { root = mkdtempSync(path.join(tmpdir(), 'headroom-places-')) })
afterEach(() => { rmSync(root, { recursive: true, force: true }) })

function tool (folder: string): string {
  mkdirSync(path.join(root, folder), { recursive: true })
  const file = path.join(root, folder, 'some-smi')
  writeFileSync(file, '')
  chmodSync(file, 0o755)
  return file
}

const probe = (part: Partial<Probe>): Probe => ({ name: 'p', vendor: null, tool: 'some-smi', args: [], systems: ['linux'], timeoutMs: 1, ...part })

describe.skipIf(process.platform === 'win32')('toolPath', () => {
  it('looks before PATH, along it, and after it', () => {
    const [before, along, after] = ['before', 'along', 'after'].map(tool)
    const env = { PATH: path.join(root, 'along') }
    const places = { placesFirst: { linux: [path.join(root, 'before')] }, places: { linux: [path.join(root, 'after')] } }
    expect(toolPath(probe(places), 'linux', env)).toBe(before)
    expect(toolPath(probe({ places: places.places }), 'linux', env)).toBe(along)
    expect(toolPath(probe({ places: places.places }), 'linux', {})).toBe(after)
    expect(toolPath(probe(places), 'linux', env, true)).toBe(along)
    expect(toolPath(probe(places), 'linux', {}, true)).toBeNull()
    expect(toolPath(probe({ tool: after! }), 'linux', {})).toBe(after)
    expect(toolPath(probe({ tool: `${after!}x` }), 'linux', {})).toBeNull()
  })

  it('takes the folders that a star means, without files', () => {
    tool('opt/rocm-5.7/bin')
    tool('opt/rocm-6.1/bin')
    writeFileSync(path.join(root, 'opt', 'rocm-file'), '')
    expect(foldersOf(path.join(root, 'opt/rocm-*/bin'), 'linux', {}).map((folder) => path.relative(root, folder)).sort()).toEqual(['opt/rocm-5.7/bin', 'opt/rocm-6.1/bin'])
    expect(foldersOf(path.join(root, 'none*/bin'), 'linux', {})).toEqual([])
  })

  it('fills in Windows’ folders from its environment, whatever their case, and guesses no drive', () => {
    expect(foldersOf('%SystemRoot%\\System32', 'win32', { SYSTEMROOT: 'D:\\Windows' })).toEqual(['D:\\Windows\\System32'])
    expect(foldersOf('%ProgramFiles%\\NVIDIA Corporation\\NVSMI', 'win32', {})).toEqual([])
    const env = { SystemRoot: 'D:\\Windows', ProgramFiles: 'E:\\Programs' }
    expect((NVIDIA_PROBES[0]!.placesFirst!.win32 ?? []).flatMap((place) => foldersOf(place, 'win32', env))).toEqual(['D:\\Windows\\System32'])
    expect((NVIDIA_PROBES[0]!.places!.win32 ?? []).flatMap((place) => foldersOf(place, 'win32', env))).toEqual(['E:\\Programs\\NVIDIA Corporation\\NVSMI'])
  })

  it('knows where WSL, containers and NixOS keep nvidia-smi', () => {
    expect(NVIDIA_PROBES.every((known) => known.placesFirst?.linux?.[0] === '/usr/lib/wsl/lib')).toBe(true)
    expect(NVIDIA_PROBES[0]!.places!.linux).toEqual(expect.arrayContaining(['/usr/local/nvidia/bin', '/run/opengl-driver/bin']))
  })
})
