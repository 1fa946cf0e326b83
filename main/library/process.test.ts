import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { draft, openTemporary, temporaryFolder } from './fixtures/temporary.ts'
import { loadDriver } from './driver.ts'
import { NEWEST_SCENARIOS } from '#shared/contract/index.ts'

const start = (fixture: string, ...args: string[]): ChildProcess =>
  spawn(process.execPath, [path.join(import.meta.dirname, 'fixtures', fixture), ...args], { stdio: ['ignore', 'pipe', 'inherit'] })

describe('a process that is killed', () => {
  it('lets the library go at once', async () => {
    const folder = temporaryFolder()
    const child = start('holdOpen.ts', folder)
    await once(child.stdout!, 'data')
    await expect(openTemporary(folder)).rejects.toMatchObject({
      code: 'library-busy',
      details: { pid: child.pid },
      message: expect.stringContaining(`process ${String(child.pid)}`) as unknown
    })
    child.kill('SIGKILL')
    await once(child, 'exit')
    const library = await openTemporary(folder)
    library.save(null, draft('mine now'))
    expect(library.query(NEWEST_SCENARIOS).rows).toHaveLength(1)
  })
})

describe('one process', () => {
  it('does not open the same library twice', async () => {
    const folder = temporaryFolder()
    await openTemporary(folder)
    await expect(openTemporary(folder)).rejects.toMatchObject({ code: 'library-busy', details: { pid: process.pid } })
  })
})

describe('a read-only folder', () => {
  it('is told as such', async () => {
    await loadDriver()
    const folder = temporaryFolder()
    const kept = path.join(folder, 'kept')
    const library = await openTemporary(kept)
    library.save(null, draft('kept'))
    library.close()
    chmodSync(kept, 0o555)
    chmodSync(folder, 0o555)
    // Root may write everywhere, so it steps down for a moment.
    const root = process.geteuid?.() === 0
    if (root) process.seteuid?.(65_534)
    try {
      const { openLibrary } = await import('./index.ts')
      await expect(openLibrary(folder)).rejects.toMatchObject({ code: 'library-read-only' })
      await expect(openLibrary(kept)).rejects.toMatchObject({ code: 'library-read-only' })
      await expect(openLibrary(path.join(folder, 'inside'))).rejects.toMatchObject({ code: 'library-read-only' })
    } finally {
      if (root) process.seteuid?.(0)
      chmodSync(folder, 0o755)
      chmodSync(kept, 0o755)
    }
    expect((await openTemporary(kept)).query(NEWEST_SCENARIOS).rows).toMatchObject([{ name: 'kept', state: 'ok' }])
  })
})
