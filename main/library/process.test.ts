import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync } from 'node:fs'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { draft, everyScenario, openTemporary, temporaryFolder } from './fixtures/temporary.ts'
import { loadDriver } from './driver.ts'
import { NEWEST_SCENARIOS } from '#shared/contract/index.ts'

const start = (fixture: string, ...args: string[]): ChildProcess =>
  spawn(process.execPath, [path.join(import.meta.dirname, 'fixtures', fixture), ...args], { stdio: ['ignore', 'pipe', 'inherit'] })

/** Reads lines until the process is gone; calls back on the first. */
async function linesOf (child: ChildProcess, onFirst: () => void): Promise<string[]> {
  const lines: string[] = []
  for await (const line of createInterface({ input: child.stdout! })) {
    if (lines.push(line) === 1) onFirst()
  }
  return lines
}

describe('a process that is killed', () => {
  it('loses no acknowledged save, in a dozen rounds', async () => {
    const folder = temporaryFolder()
    const acknowledged: string[] = []
    for (let round = 0; round < 12; round++) {
      const child = start('saveForever.ts', folder, String(round))
      // A kill at another instant each round, the first ones right behind the first save.
      acknowledged.push(...await linesOf(child, () => { void wait(round * round).then(() => child.kill('SIGKILL')) }))
    }
    const library = await openTemporary(folder)
    expect(library.notice).toBeNull()
    const names = new Set(everyScenario(library).map(({ name, state }) => state === 'ok' ? name : ''))
    expect(acknowledged.length).toBeGreaterThanOrEqual(12)
    expect(acknowledged.filter(name => !names.has(name))).toEqual([])
  }, 120_000)

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
    chmodSync(folder, 0o555)
    // Root may write everywhere, so it steps down for a moment.
    const root = process.geteuid?.() === 0
    if (root) process.seteuid?.(65_534)
    try {
      const { openLibrary } = await import('./index.ts')
      await expect(openLibrary(folder)).rejects.toMatchObject({ code: 'library-read-only' })
      await expect(openLibrary(path.join(folder, 'inside'))).rejects.toMatchObject({ code: 'library-read-only' })
    } finally {
      if (root) process.seteuid?.(0)
      chmodSync(folder, 0o755)
    }
  })
})
