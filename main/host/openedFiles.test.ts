import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createEvents } from './events.ts'
import { createOpenedFiles } from './openedFiles.ts'

let folder = ''
beforeAll(() => { folder = mkdtempSync(path.join(tmpdir(), 'headroom-opened-')) })
afterAll(() => { rmSync(folder, { recursive: true, force: true }) })

test('a file waits until the window takes it, once', () => {
  const events = createEvents()
  const told: string[] = []
  events.subscribe((name) => told.push(name))
  const files = createOpenedFiles(events)
  const document = path.join(folder, '方案.headroom')
  writeFileSync(document, '{"type":"headroom/scenarios"}')
  files.open(document)
  files.open(path.join(folder, 'gone.headroom'))
  files.open(folder)
  expect(told).toEqual(['app.filesOpened', 'app.filesOpened', 'app.filesOpened'])
  expect(files.take()).toEqual([
    { ok: true, name: '方案.headroom', text: '{"type":"headroom/scenarios"}' },
    { ok: false, name: 'gone.headroom', problem: 'missing' },
    { ok: false, name: path.basename(folder), problem: 'unreadable' }
  ])
  expect(files.take()).toEqual([])
})

test('a library file is handed over in base64', () => {
  const files = createOpenedFiles(createEvents())
  const library = path.join(folder, 'library.db')
  writeFileSync(library, Buffer.concat([Buffer.from('SQLite format 3\0'), Buffer.from([0xff, 0xfe])]))
  files.open(library)
  expect(files.take()).toEqual([{ ok: true, name: 'library.db', text: expect.stringMatching(/^U1FMaXRlIGZvcm1hdCAz/) as string }])
})
