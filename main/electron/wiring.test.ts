import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { HostReply } from '#shared/contract/index.ts'
import { defaultPlan } from '#shared/plan/index.ts'
import * as electron from './fixtures/electron.ts'
import { fileOpener } from './openedFiles.ts'
import { openWorkbench } from './openWorkbench.ts'
import { registerScheme } from './scheme.ts'

vi.mock('electron', () => import('./fixtures/electron.ts'))

/* That the pieces are put together as meant. What Electron itself does with them can only be seen where it runs. */

let folder = ''
let window: electron.BrowserWindow
let files: ReturnType<typeof fileOpener>

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'headroom-electron-'))
  mkdirSync(path.join(folder, 'data'))
  registerScheme()
  writeFileSync(path.join(folder, 'first.headroom'), 'first')
  writeFileSync(path.join(folder, 'second.headroom'), 'second')
  files = fileOpener(['headroom', 'first.headroom'], folder)
  await openWorkbench(path.join(folder, 'data'), false, files)
  window = electron.windows[0]!
})

afterAll(() => {
  electron.app.emit('will-quit')
  rmSync(folder, { recursive: true, force: true })
})

const call = <T>(name: string, ...args: unknown[]) => (electron.handlers.get(name) as (...args: unknown[]) => T)(...args)
const sender = (over: object = {}) => ({ sender: window.webContents, senderFrame: { url: 'app://workbench/', parent: null }, ...over })
const ask = (name: unknown, input: unknown, event: object = sender()) => call<Promise<HostReply<unknown>>>('ipc rpc', event, name, input)

describe('the desktop app', () => {
  it('shows one sandboxed window of the workbench when it has something to show', () => {
    expect(electron.windows).toHaveLength(1)
    expect(window.url).toBe('app://workbench/')
    expect(window.options.webPreferences).toMatchObject({ sandbox: true, contextIsolation: true, nodeIntegration: false, webSecurity: true, webviewTag: false })
    expect(window.options.webPreferences['preload']).toMatch(/out.preload.index\.cjs$/)
    expect(window.shown).toBe(false)
    window.emit('ready-to-show')
    expect(window.shown).toBe(true)
    expect(electron.schemes).toEqual([{ scheme: 'app', privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true } }])
    expect(electron.Menu.template.map(({ label }) => label)).toEqual(['文件', '编辑', '视图', '帮助'])
  })

  it('hands the files that it was started with to the window, and those of a later start', async () => {
    expect(await ask('app.takeFiles', {})).toEqual({ ok: true, value: [{ ok: true, name: 'first.headroom', text: 'first' }] })
    files.openArguments(['headroom', '--flag', 'second.headroom'], folder)
    expect(window.webContents.sent.splice(0)).toEqual([['event', 'app.filesOpened', {}]])
    expect(await ask('app.takeFiles', {})).toEqual({ ok: true, value: [{ ok: true, name: 'second.headroom', text: 'second' }] })
    expect(await ask('app.takeFiles', {})).toEqual({ ok: true, value: [] })
  })

  it('carries calls to the host, and its events to the window', async () => {
    const draft = { name: 'A', plan: defaultPlan(), target: { kind: 'machine', gpuIds: [], reserve: 0.3 } }
    expect(await ask('scenario.save', { id: null, draft })).toMatchObject({ ok: true, value: { name: 'A' } })
    expect(await ask('app.info', {})).toMatchObject({ ok: true, value: { mode: 'desktop', libraryPath: path.join(folder, 'data', 'library.db') } })
    expect(await ask('no.such', {})).toMatchObject({ ok: false, error: { code: 'unknown-method' } })
    expect(window.webContents.sent).toEqual([['event', 'library.changed', {}]])
  })

  it('tells the page which command was clicked in the menu', () => {
    const item = electron.Menu.template.flatMap(({ submenu = [] }) => submenu).find(({ id }) => id === 'shortcuts.open')!
    item.click!()
    expect(window.webContents.sent.at(-1)).toEqual(['event', 'command.chosen', { id: 'shortcuts.open' }])
  })

  it('passes on what a watched machine does, also after the computer slept', async () => {
    const watching = { machine: 'ssh:no-such-host.invalid', intervalMs: 60_000, watcher: 'a', history: false }
    expect(await ask('monitor.watch', watching)).toMatchObject({ ok: true, value: { state: { state: 'starting' } } })
    const states = () => window.webContents.sent.filter(([, name]) => name === 'monitor.state').map(([,, payload]) => payload)
    expect(states()).toMatchObject([{ machine: 'ssh:no-such-host.invalid', state: 'starting' }])
    await vi.waitUntil(() => states().length > 1)
    electron.powerMonitor.emit('resume')
    await ask('monitor.leave', { machine: 'ssh:no-such-host.invalid', watcher: 'a' })
    expect(states().at(-1)).toMatchObject({ state: 'stopped' })
  })

  it('hears nobody but the main frame of its own page', async () => {
    const strangers = [
      sender({ senderFrame: null }),
      sender({ senderFrame: { url: 'https://evil.example/', parent: null } }),
      sender({ senderFrame: { url: 'app://workbench/', parent: {} } }),
      sender({ sender: {} })
    ]
    for (const stranger of strangers) await expect(ask('app.info', {}, stranger)).rejects.toThrow('may not call')
    await expect(ask(7, {})).rejects.toThrow('Not a call')
    await expect(ask('app.info', 'x'.repeat(2 ** 21))).rejects.toThrow('Not a call')
  })

  it('serves its own pages only', async () => {
    expect((await call<Promise<Response>>('scheme app', new Request('app://workbench/../../package.json'))).status).toBe(404)
    const foreign = await call<Promise<Response>>('scheme app', new Request('app://elsewhere/index.html'))
    expect(foreign.status).toBe(404)
    expect(foreign.headers.get('content-security-policy')).toContain("default-src 'none'")
  })

  it('stays where it is, and leaves the machine alone', () => {
    const stopped = (name: string, url: string) => {
      let prevented = false
      window.webContents.emit(name, { url, preventDefault: () => { prevented = true } })
      return prevented
    }
    expect(['will-navigate', 'will-redirect', 'will-attach-webview'].map(name => stopped(name, 'https://evil.example/'))).toEqual([true, true, true])
    expect(stopped('will-navigate', 'app://workbench/index.html')).toBe(false)
    expect(['https://evil.example/', 'https://arxiv.org/abs/2106.09685', 'file:///etc/passwd'].map(url => window.webContents.openHandler({ url }))).toEqual([{ action: 'deny' }, { action: 'deny' }, { action: 'deny' }])
    expect(electron.opened).toEqual(['https://arxiv.org/abs/2106.09685'])

    const cancelled: boolean[] = []
    for (const url of ['https://example.com/', 'app://workbench/assets/index.js']) call('request', { url }, (answer: { cancel: boolean }) => cancelled.push(answer.cancel))
    expect(cancelled).toEqual([true, false])
    expect(['geolocation', 'clipboard-sanitized-write'].map(name => call('permission check', window.webContents, name))).toEqual([false, true])
    expect(call('permission check', null, 'fullscreen')).toBe(false)
    const granted: boolean[] = []
    for (const name of ['media', 'fullscreen']) call('permission request', window.webContents, name, (answer: boolean) => granted.push(answer))
    expect(granted).toEqual([false, true])
  })
})
