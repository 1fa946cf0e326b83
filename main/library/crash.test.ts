import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { listBackups } from './backup.ts'
import { isSound } from './check.ts'
import { loadDriver } from './driver.ts'
import { everyScenario, openTemporary, temporaryFolder } from './fixtures/temporary.ts'
import { libraryFile, type Library } from './index.ts'

const driver = await loadDriver()
const start = (fixture: string, ...args: string[]): ChildProcess =>
  spawn(process.execPath, [path.join(import.meta.dirname, 'fixtures', fixture), ...args], { stdio: ['ignore', 'pipe', 'inherit'] })

/** Reads lines until the process is gone, and kills it some time after the first. */
async function linesUntilKilled (child: ChildProcess, afterMs: number): Promise<string[]> {
  const lines: string[] = []
  for await (const line of createInterface({ input: child.stdout! })) {
    if (lines.push(line) === 1) void wait(afterMs).then(() => child.kill('SIGKILL'))
  }
  return lines
}

/** The file as SQLite sees it, with the index of texts held against itself. */
function expectWhole (library: Library): void {
  const db = new driver(library.path)
  expect(db.pragma('integrity_check', { simple: true })).toBe('ok')
  db.prepare("INSERT INTO scenario_text (scenario_text) VALUES ('integrity-check')").run()
  expect(db.prepare('SELECT count(*) FROM scenarios WHERE key NOT IN (SELECT rowid FROM scenario_text)').pluck().get()).toBe(0)
  expect(db.prepare('SELECT count(*) FROM scenarios WHERE id NOT IN (SELECT scenario_id FROM revisions)').pluck().get()).toBe(0)
  db.close()
}

describe.each([['save', 12], ['backup', 6], ['export', 6]] as const)('a process that is killed in the middle of a %s', (kind, rounds) => {
  it(`loses nothing that was acknowledged, in ${rounds} rounds`, async () => {
    const folder = temporaryFolder()
    const acknowledged: string[] = []
    // A kill at another instant each round, the first one right behind the first save.
    for (let round = 0; round < rounds; round++) acknowledged.push(...await linesUntilKilled(start('workForever.ts', folder, String(round), kind), round * round * 2.5))
    const library = await openTemporary(folder)
    expect(library.notice).toBeNull()
    const there = new Set(everyScenario(library).map(({ id, name, tags }) => `${name} ${library.open(id).plan.data.microBatch} ${tags.join()}`))
    expect(acknowledged.length).toBeGreaterThanOrEqual(rounds)
    expect(acknowledged.filter(line => !there.has(line))).toEqual([])
    expect(library.query({ text: 't0', filter: { trash: false, tags: ['t0'] }, sort: 'updated', descending: true, offset: 0, limit: 200 }).total).toBeGreaterThanOrEqual(rounds)
    for (const { file } of listBackups(library.path)) expect(isSound(driver, file)).toBe(true)
    library.close()
    expectWhole(library)
    expect(readdirSync(path.join(folder, 'backups')).filter(name => name.includes('.tmp'))).toEqual([])
  }, 120_000)
})

describe('a process that is killed while it brings a library up to date', () => {
  it('leaves it as it was, or as it should be, and everything in it', async () => {
    const folder = path.join(temporaryFolder(), 'headroom')
    mkdirSync(folder)
    copyFileSync(path.join(import.meta.dirname, 'fixtures', 'library-v2.db'), libraryFile(folder))
    const old = new driver(libraryFile(folder))
    old.exec(`
      WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 6000)
      INSERT INTO scenarios SELECT printf('10000000-0000-4000-8000-%012d', i), 'copy ' || i, plan, 1, target, created_at, updated_at, NULL FROM n, scenarios WHERE id LIKE '00000001%'`)
    old.close()
    const versions = new Set<unknown>()
    let finished = false
    for (let round = 0; round < 16 && !finished; round++) {
      const lines = await linesUntilKilled(start('openOnce.ts', folder), 15 + round * 40)
      finished = lines.includes('open')
      const db = new driver(libraryFile(folder))
      versions.add(db.pragma('user_version', { simple: true }))
      expect(db.prepare('SELECT count(*) FROM scenarios').pluck().get()).toBe(6004)
      expect(db.prepare('SELECT count(*) FROM measured_runs').pluck().get()).toBe(1)
      db.close()
    }
    expect([...versions].filter(version => version !== 2 && version !== 3)).toEqual([])
    const library = await openTemporary(folder)
    expect(library.notice).toBeNull()
    expect(library.query({ text: 'copy', filter: { trash: false }, sort: 'name', descending: false, offset: 0, limit: 1 }).total).toBe(6000)
    library.close()
    expectWhole(library)
    expect(existsSync(path.join(folder, 'backups', 'library-v2.db'))).toBe(true)
  }, 120_000)
})

/** A disk of a megabyte, seen by one process only. */
const smallDisk = (folder: string): string[] => ['-rm', 'sh', '-c', 'mount -t tmpfs -o size=1m tmpfs "$0" && exec "$@"', folder]
const canMount = process.platform === 'linux' && spawnSync('unshare', [...smallDisk('/mnt'), 'true']).status === 0

describe('a full disk', () => {
  it.skipIf(!canMount)('is told as such, loses nothing, and is forgotten when there is room again', () => {
    const folder = temporaryFolder()
    const output = execFileSync('unshare', [...smallDisk(folder), process.execPath, path.join(import.meta.dirname, 'fixtures', 'fillDisk.ts'), folder], { encoding: 'utf8' })
    const result = JSON.parse(output) as { saved: number, lost: string[], errors: string[], shownWhileFull: string, backedUp: string, notice: unknown }
    expect(result).toMatchObject({ lost: [], backedUp: 'disk-full', notice: null })
    expect(result.errors.slice(0, 2)).toEqual(['disk-full', 'disk-full'])
    expect(result.errors.slice(2).filter(error => error !== 'close: disk-full')).toEqual([])
    expect(result.saved).toBeGreaterThan(10)
    expect(result.shownWhileFull).toMatch(/^0-/)
  })
})
