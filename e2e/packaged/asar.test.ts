import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { FuseV1Options } from '@electron/fuses'
import { build } from 'electron-builder'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isFresh } from '../../main/freshness.ts'
import { runNode } from '../tools/command.ts'
import { root } from '../tools/repository.ts'
import { asarFiles, type AsarFile } from './asarFiles.ts'

/*
 * The real packaging of the real build, offline: in place of Electron's download stands a folder with an empty program.
 * Only the fuses are left out, which need the program's bytes.
 */

let folder = ''
let files: AsarFile[] = []

beforeAll(async () => {
  if (!isFresh(root)) expect(await runNode('main/build.ts', [], { capture: true })).toMatchObject({ code: 0 })
  folder = mkdtempSync(path.join(tmpdir(), 'headroom-packaged-'))
  const electron = path.join(folder, 'electron')
  mkdirSync(path.join(electron, 'locales'), { recursive: true })
  writeFileSync(path.join(electron, 'electron'), '')
  writeFileSync(path.join(electron, 'locales', 'en-US.pak'), '')
  await build({
    projectDir: root,
    linux: ['dir'],
    x64: true,
    publish: 'never',
    config: { extends: 'electron-builder.yml', electronDist: electron, electronFuses: null, directories: { output: path.join(folder, 'dist') } }
  })
  files = asarFiles(path.join(folder, 'dist', 'linux-unpacked', 'resources', 'app.asar'))
}, 180_000)

afterAll(() => { rmSync(folder, { recursive: true, force: true }) })

const ALLOWED = [
  /^package\.json$/,
  /^out\/renderer\/index\.html$/,
  /^out\/renderer\/assets\/[\w.-]+-[\w-]{8}\.(js|css|svg|png|woff2|wasm)$/,
  /^out\/renderer\/[\w-]+\.(svg|png|ico)$/,
  /^out\/main\/(electron|headless|cli)\.js$/,
  /^out\/main\/chunks\/[\w.-]+-[\w-]{8}\.js$/,
  /^out\/preload\/index\.cjs$/,
  /^node_modules\/better-sqlite3\/(package\.json|LICENSE|README\.md|lib\/[\w/-]+\.js|prebuilds\/linux-x64\.node)$/
]

describe('the packaged app', () => {
  it('holds the build, its one native dependency, and nothing else', () => {
    expect(files.filter(file => !ALLOWED.some(pattern => pattern.test(file.path)))).toEqual([])
  })

  it('holds everything that it starts from', () => {
    const paths = new Set(files.map(file => file.path))
    const needed = ['package.json', 'out/main/electron.js', 'out/preload/index.cjs', 'out/renderer/index.html', 'node_modules/better-sqlite3/package.json', 'node_modules/better-sqlite3/prebuilds/linux-x64.node']
    expect(needed.filter(file => !paths.has(file))).toEqual([])
  })

  it('keeps the native library outside the archive, where it can be loaded from', () => {
    const unpacked = files.filter(file => file.unpacked).map(file => file.path)
    expect(unpacked).toContain('node_modules/better-sqlite3/prebuilds/linux-x64.node')
    // Its module comes along, because that is where it looks for the library.
    expect(unpacked.filter(file => !file.startsWith('node_modules/better-sqlite3/'))).toEqual([])
  })
})

describe('the build', () => {
  it('gives the page a preload of one file that asks for Electron and nothing else', () => {
    const preload = readFileSync(path.join(root, 'out', 'preload', 'index.cjs'), 'utf8')
    expect([...preload.matchAll(/require\(([^)]*)\)/g)].map(([, name]) => name)).toEqual(['"electron"'])
    expect(preload).not.toMatch(/\bimport\b|node:|process\b/)
    expect(preload.length).toBeLessThan(10 * 1024)
  })

  it('has a page without a script or style of its own, which the policy would not run', () => {
    const page = readFileSync(path.join(root, 'out', 'renderer', 'index.html'), 'utf8')
    expect([...page.matchAll(/<script\b([^>]*)>([\s\S]*?)<\/script>/g)].every(([, attributes, body]) => attributes?.includes('src="./') && body === '')).toBe(true)
    expect(page).not.toMatch(/\son\w+=|https?:|<style/)
  })

  it('needs nothing at run time but Node, Electron and the native library', () => {
    for (const name of ['electron.js', 'headless.js']) {
      const text = readFileSync(path.join(root, 'out', 'main', name), 'utf8')
      const imported = [...text.matchAll(/^import .*? from "([^".][^"]*)"/gm)].map(([, specifier]) => specifier ?? '')
      expect(imported.filter(specifier => !specifier.startsWith('node:') && !['electron', 'better-sqlite3'].includes(specifier))).toEqual([])
    }
    expect(Object.keys((JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { dependencies: object }).dependencies)).toEqual(['better-sqlite3'])
  })
})

it('decides every fuse of Electron', () => {
  const configuration = readFileSync(path.join(root, 'electron-builder.yml'), 'utf8')
  const decided = [...(/^electronFuses:\n((?: {2}\w.*\n)+)/m.exec(configuration)?.[1] ?? '').matchAll(/(\w+): (true|false)/g)].map(([, name]) => name?.toLowerCase())
  // electron-builder cannot set this one; Electron has it on, as it should be.
  const known = Object.keys(FuseV1Options).filter(name => !/^\d+$/.test(name) && name !== 'WasmTrapHandlers')
  expect(decided.toSorted()).toEqual(known.map(name => name.toLowerCase()).toSorted())
})
