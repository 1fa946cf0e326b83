import { cpSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { findDesktop, windowObstacle } from './desktop.ts'
import { isFresh, stamp } from './freshness.ts'
import { parseStartOptions, UsageError } from './startOptions.ts'

describe('the arguments of npm start', () => {
  it('ask for the desktop app unless they speak of serving', () => {
    expect(parseStartOptions([])).toEqual({ serve: false, host: undefined, port: undefined })
    expect(parseStartOptions(['--serve'])).toMatchObject({ serve: true })
    expect(parseStartOptions(['--port', '8080', '--host=0.0.0.0'])).toEqual({ serve: true, host: '0.0.0.0', port: 8080 })
  })

  it.each([['--port', 'eighty'], ['--port=70000'], ['--port=-1'], ['--host='], ['--sreve'], ['plan.json']])('%s are refused with a sentence', (...args) => {
    expect(() => parseStartOptions(args)).toThrow(UsageError)
  })
})

describe('a desktop window', () => {
  const linux = { platform: 'linux' as const, uid: 1000 }

  it('needs a display on Linux, and a user who is not root', () => {
    expect(windowObstacle({ ...linux, env: {} })).toContain('no display')
    expect(windowObstacle({ ...linux, env: { DISPLAY: ':0' }, uid: 0 })).toContain('root')
    expect(windowObstacle({ ...linux, env: { DISPLAY: ':0' } })).toBeNull()
    expect(windowObstacle({ ...linux, env: { WAYLAND_DISPLAY: 'wayland-0' } })).toBeNull()
    expect(windowObstacle({ platform: 'darwin', env: {}, uid: 501 })).toBeNull()
    expect(windowObstacle({ platform: 'win32', env: {}, uid: undefined })).toBeNull()
  })

  it('needs a binary, and a site that answers to download it from', async () => {
    const root = mkdtempSync(path.join(tmpdir(), 'headroom-desktop-'))
    const folder = path.join(root, 'node_modules', 'electron')
    const said: string[] = []
    const find = () => findDesktop(root, text => said.push(text), { ...linux, env: { DISPLAY: ':0', ELECTRON_MIRROR: 'http://127.0.0.1:1/' } })
    expect(await find()).toEqual({ obstacle: 'Electron is not installed' })
    mkdirSync(path.join(folder, 'dist'), { recursive: true })
    writeFileSync(path.join(folder, 'install.js'), '')
    expect(await find()).toEqual({ obstacle: 'Electron is not there and cannot be downloaded now' })
    writeFileSync(path.join(folder, 'path.txt'), 'electron')
    expect(await find()).toHaveProperty('obstacle')
    writeFileSync(path.join(folder, 'dist', 'electron'), '')
    expect(await find()).toEqual({ binary: path.join(folder, 'dist', 'electron') })
    expect(said).toEqual([])
    rmSync(root, { recursive: true })
  })
})

describe('the build', () => {
  it('is fresh until a source changes, comes or goes', () => {
    const root = mkdtempSync(path.join(tmpdir(), 'headroom-fresh-'))
    for (const folder of ['renderer/src', 'shared', 'main', 'out/renderer']) mkdirSync(path.join(root, folder), { recursive: true })
    const source = path.join(root, 'renderer', 'src', 'main.ts')
    writeFileSync(source, '1')
    expect(isFresh(root)).toBe(false)
    const build = () => {
      const record = stamp(root)
      writeFileSync(path.join(root, 'out', 'renderer', 'index.html'), '')
      record()
      return isFresh(root)
    }
    expect(build()).toBe(true)
    writeFileSync(path.join(root, 'shared', 'x.test.ts'), 'tests are not built')
    expect(isFresh(root)).toBe(true)
    cpSync(source, path.join(root, 'shared', 'x.ts'))
    expect(isFresh(root)).toBe(false)
    expect(build()).toBe(true)
    rmSync(path.join(root, 'shared', 'x.ts'))
    expect(isFresh(root)).toBe(false)
    expect(build()).toBe(true)
    utimesSync(source, 1, 1)
    expect(isFresh(root)).toBe(false)
    rmSync(root, { recursive: true })
  })
})
