import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, it } from 'vitest'
import { smiLocations } from './locations.ts'

it('prefers WSL’s own folder and knows where Linux containers and NixOS keep nvidia-smi', () => {
  const { before, after } = smiLocations('linux', {})
  expect(before).toEqual(['/usr/lib/wsl/lib'])
  expect(after).toContain('/usr/local/nvidia/bin')
  expect(after).toContain('/run/opengl-driver/bin')
})

it('takes Windows’ folders from its environment, and without one guesses no drive', () => {
  const { before, after } = smiLocations('win32', { SystemRoot: 'D:\\Windows', ProgramFiles: 'E:\\Programs' })
  expect(before).toEqual(['D:\\Windows\\System32'])
  expect(after).toEqual(['E:\\Programs\\NVIDIA Corporation\\NVSMI'])
  expect(smiLocations('win32', {})).toEqual({ before: [], after: [] })
})

it.skipIf(process.platform === 'win32')('lists the driver store’s packages, newest first, without files', () => {
  const root = mkdtempSync(path.join(tmpdir(), 'headroom-store-'))
  // On this system a backslash is a plain character, so the store is one folder of that name in the working directory.
  const store = path.win32.join(root, 'System32', 'DriverStore', 'FileRepository')
  try {
    for (const name of ['nv_dispi.inf_old', 'nv_dispi.inf_new', 'iigd_dch.inf']) mkdirSync(path.join(store, name), { recursive: true })
    writeFileSync(path.join(store, 'nv_a_file'), '')
    utimesSync(path.join(store, 'nv_dispi.inf_old'), 1, 1)
    expect(smiLocations('win32', { SystemRoot: root }).after.map((folder) => path.basename(folder)).sort()).toEqual(['nv_dispi.inf_new', 'nv_dispi.inf_old'])
  } finally {
    for (const folder of [root, store]) rmSync(folder, { recursive: true, force: true })
  }
})
