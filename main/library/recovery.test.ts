import { copyFileSync, existsSync, readFileSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { describeLibraryNotice, NEWEST_SCENARIOS } from '#shared/contract/index.ts'
import { listBackups } from './backup.ts'
import { loadDriver } from './driver.ts'
import { draft, everyScenario, openTemporary, temporaryFolder } from './fixtures/temporary.ts'
import { libraryFile } from './index.ts'
import { MIGRATIONS } from './migrations/index.ts'

/** A library with a backup that lacks the last of `count` scenarios. */
async function libraryWithBackup (folder: string, count = 60): Promise<string> {
  const first = await openTemporary(folder)
  for (let n = 0; n < count - 1; n++) first.save(null, draft(`s${n}`))
  first.close()
  const kept = listBackups(first.path)[0]?.file ?? ''
  const second = await openTemporary(folder)
  second.save(null, draft('after the backup'))
  second.close()
  for (const { file } of listBackups(first.path)) if (file !== kept) rmSync(file)
  return first.path
}

const damagedFiles = (folder: string) => readdirSync(folder).filter(name => name.includes('.damaged-'))
const overwrite = (file: string, from: number, to: number) => {
  const bytes = readFileSync(file)
  writeFileSync(file, bytes.fill(0xA5, Math.floor(bytes.length * from), Math.floor(bytes.length * to)))
}

describe('a damaged library', () => {
  it('that is no database any more is kept aside, and the newest good backup restored', async () => {
    const folder = temporaryFolder()
    const file = await libraryWithBackup(folder)
    const garbage = Buffer.alloc(20_000, 'not a database ')
    writeFileSync(file, garbage)
    const library = await openTemporary(folder)
    expect(library.query(NEWEST_SCENARIOS).rows).toHaveLength(59)
    expect(library.notice).toMatchObject({ code: 'restored', salvaged: 0 })
    expect(readFileSync(library.notice?.movedTo ?? '')).toEqual(garbage)
    expect(describeLibraryNotice(library.notice!)).toContain('damaged')
    expect(describeLibraryNotice(library.notice!, 'zh')).toContain('已恢复')
    library.close()
    expect((await openTemporary(folder)).notice).toBeNull()
  })

  it('gives back what was saved after the backup, as far as it can be read', async () => {
    const folder = temporaryFolder()
    const file = await libraryWithBackup(folder)
    overwrite(file, 0.3, 0.5)
    const library = await openTemporary(folder)
    expect(library.query(NEWEST_SCENARIOS).rows).toHaveLength(60)
    expect(library.query(NEWEST_SCENARIOS).rows[0]).toMatchObject({ name: 'after the backup', state: 'ok' })
    expect(library.notice).toMatchObject({ code: 'restored', salvaged: 1 })
  })

  it('that was cut short is recovered as well', async () => {
    const folder = temporaryFolder()
    const file = await libraryWithBackup(folder)
    truncateSync(file, 40_000)
    expect((await openTemporary(folder)).query(NEWEST_SCENARIOS).rows.length).toBeGreaterThanOrEqual(59)
    expect(damagedFiles(folder).filter(name => name.endsWith('Z'))).toHaveLength(1)
  })

  it('passes over a backup that is damaged itself', async () => {
    const folder = temporaryFolder()
    const file = await libraryWithBackup(folder)
    writeFileSync(path.join(folder, 'backups', 'library-2099-01-01T00-00-00.000Z.db'), 'broken backup')
    writeFileSync(file, 'broken library')
    const library = await openTemporary(folder)
    expect(library.query(NEWEST_SCENARIOS).rows).toHaveLength(59)
  })

  it('without any backup starts empty, says so, and keeps the damaged file', async () => {
    const folder = temporaryFolder()
    writeFileSync(libraryFile(folder), 'broken')
    const library = await openTemporary(folder)
    expect(library.notice).toMatchObject({ code: 'started-empty', backupAt: null })
    expect(library.query(NEWEST_SCENARIOS).rows).toEqual([])
    library.save(null, draft('new life'))
    expect(damagedFiles(folder)).toHaveLength(1)
    expect(describeLibraryNotice(library.notice!)).toContain('starts empty')
  })

  it('takes its log along, so that it is not replayed into the restored file, and is read with it', async () => {
    const folder = temporaryFolder()
    const file = await libraryWithBackup(folder)
    const open = await openTemporary(folder)
    open.save(null, draft('only in the log'))
    copyFileSync(`${file}-wal`, path.join(folder, 'wal'))
    open.close()
    for (const { file: backup } of listBackups(file).slice(0, -1)) rmSync(backup)
    overwrite(file, 0.3, 0.5)
    copyFileSync(path.join(folder, 'wal'), `${file}-wal`)
    const library = await openTemporary(folder)
    expect(library.notice).toMatchObject({ code: 'restored', salvaged: 2 })
    expect(library.query(NEWEST_SCENARIOS).rows.map(({ name }) => name).slice(0, 3)).toEqual(['only in the log', 'after the backup', 's58'])
    expect(damagedFiles(folder).filter(name => name.endsWith('-wal'))).toHaveLength(1)
  })

  it('is restored after a recovery that was interrupted, and after the file was lost', async () => {
    const folder = temporaryFolder()
    const file = await libraryWithBackup(folder)
    copyFileSync(file, `${file}.damaged-2026-11-24T10-00-00.000Z`)
    writeFileSync(`${file}.restoring`, 'half a file')
    rmSync(file)
    const library = await openTemporary(folder)
    expect(library.query(NEWEST_SCENARIOS).rows).toHaveLength(60)
    expect(library.notice).toMatchObject({ code: 'restored', salvaged: 1 })
    library.close()
    for (const name of damagedFiles(folder)) rmSync(path.join(folder, name))
    truncateSync(file, 0)
    expect((await openTemporary(folder)).query(NEWEST_SCENARIOS).rows).toHaveLength(60)
  })
})

describe('what is found in the pages of a damaged file', () => {
  const damagedCopy = async (change: (bytes: Buffer) => void) => {
    const folder = temporaryFolder()
    let clock = Date.parse('2026-11-24T10:00:00Z')
    const first = await openTemporary(folder, () => new Date(clock += 1000))
    for (let n = 0; n < 30; n++) {
      const { id } = first.save(null, draft(`s${n}`), n * 1e9)
      first.save(id, { ...draft(`s${n}`), plan: { ...draft('').plan, data: { ...draft('').plan.data, microBatch: 7 } } }, n * 1e9)
      first.annotate(id, { tags: [`标签${n}`], notes: 'long '.repeat(n * 100), favourite: n === 3 })
    }
    first.delete(first.idOf('s29')!)
    first.close()
    rmSync(path.join(folder, 'backups'), { recursive: true })
    const bytes = readFileSync(first.path)
    change(bytes)
    writeFileSync(first.path, bytes)
    return openTemporary(folder)
  }

  it('is everything, where only the schema and the header are lost', async () => {
    const library = await damagedCopy(bytes => bytes.fill(0xA5, 0, 4096))
    expect(library.notice).toMatchObject({ code: 'started-empty', salvaged: 30 })
    const { rows } = library.query(NEWEST_SCENARIOS)
    expect(rows).toHaveLength(29)
    for (const row of rows) {
      const n = Number(row.name.slice(1))
      expect(row).toMatchObject({ state: 'ok', tags: [`标签${n}`], needBytes: n * 1e9, favourite: n === 3, hasNotes: n > 0, model: 'meta-llama/Llama-3.1-8B' })
      expect(library.open(row.id)).toMatchObject({ notes: 'long '.repeat(n * 100), plan: { data: { microBatch: 7 } } })
      expect(library.revisions(row.id).map(({ number }) => number)).toEqual([2, 1])
    }
    expect(library.query({ ...NEWEST_SCENARIOS, text: '标签12' }).rows).toMatchObject([{ name: 's12' }])
    expect(library.query({ ...NEWEST_SCENARIOS, filter: { trash: true } }).rows).toMatchObject([{ name: 's29' }])
  })

  it('is whatever is left, wherever the damage is', async () => {
    for (let part = 0; part < 10; part++) {
      const library = await damagedCopy(bytes => bytes.fill(0xA5, Math.floor(bytes.length * part / 10), Math.floor(bytes.length * (part + 1) / 10)))
      const { rows } = library.query(NEWEST_SCENARIOS)
      expect([part, rows.length]).toEqual([part, expect.any(Number)])
      expect(rows.length).toBeGreaterThanOrEqual(15)
      const readable = rows.filter(({ state }) => state === 'ok')
      expect(readable.length).toBeGreaterThanOrEqual(15)
      for (const { id } of readable) expect(library.open(id).plan.data.microBatch).toBeGreaterThan(0)
      library.close()
    }
  })

  it('is nothing that was removed for good, where the list of free pages can be read', async () => {
    const folder = temporaryFolder()
    const library = await openTemporary(folder)
    for (let n = 0; n < 40; n++) library.save(null, draft(`s${n}`), 1)
    for (let n = 0; n < 30; n++) library.delete(library.idOf(`s${n}`)!)
    expect(library.purge(null)).toBe(30)
    library.close()
    rmSync(path.join(folder, 'backups'), { recursive: true })
    overwrite(library.path, 0.97, 1)
    const again = await openTemporary(folder)
    expect(again.notice?.code).toBe('started-empty')
    expect(again.query({ ...NEWEST_SCENARIOS, filter: { trash: true } }).total).toBe(0)
    expect(again.query(NEWEST_SCENARIOS).rows.every(({ name }) => Number(name.slice(1)) >= 30)).toBe(true)
  })

  it('of an earlier version is read as well', async () => {
    const folder = temporaryFolder()
    const bytes = readFileSync(path.join(import.meta.dirname, 'fixtures', 'library-v2.db'))
    bytes.fill(0xA5, 0, 4096)
    writeFileSync(libraryFile(folder), bytes)
    const library = await openTemporary(folder)
    expect(library.notice).toMatchObject({ code: 'started-empty', salvaged: 4 })
    expect(library.query({ ...NEWEST_SCENARIOS, text: '客服' }).rows).toMatchObject([{ state: 'ok', model: 'Qwen/Qwen2.5-7B', method: 'qlora' }])
    expect(library.listMachines()).toHaveLength(1)
    expect(library.listRuns('00000001-0000-4000-8000-000000000000')).toHaveLength(1)
  })
})

describe('damage that is met while the library is open', () => {
  it('of the index of texts alone is mended on the next open, and nothing else is touched', async () => {
    const folder = temporaryFolder()
    const library = await openTemporary(folder)
    for (let n = 0; n < 30; n++) library.save(null, draft(`客服 ${n}`), 1)
    const db = new (await loadDriver())(library.path)
    db.unsafeMode(true)
    db.exec("UPDATE scenario_text_data SET block = x'00' WHERE id > 10")
    db.close()
    expect(() => library.query({ ...NEWEST_SCENARIOS, text: '客服' })).toThrow(expect.objectContaining({ code: 'library-damaged' }) as Error)
    // A damaged file becomes no backup.
    expect(() => { library.close() }).toThrow(expect.objectContaining({ code: 'library-damaged' }) as Error)
    expect(listBackups(library.path)).toEqual([])
    const again = await openTemporary(folder)
    expect(again.notice).toBeNull()
    expect(again.query({ ...NEWEST_SCENARIOS, text: '客服' }).total).toBe(30)
    again.close()
    expect(damagedFiles(folder)).toEqual([])
    expect(readdirSync(folder).filter(name => name.endsWith('.suspect'))).toEqual([])
  })
})

describe('a backup that the user puts in the place of the library by hand', () => {
  it('is not spoilt by the log of the library that was there', async () => {
    const folder = temporaryFolder()
    const file = await libraryWithBackup(folder)
    const open = await openTemporary(folder)
    for (let n = 0; n < 40; n++) open.save(null, draft(`later ${n}`))
    copyFileSync(`${file}-wal`, path.join(folder, 'wal'))
    open.close()
    copyFileSync(listBackups(file).at(-1)!.file, file)
    copyFileSync(path.join(folder, 'wal'), `${file}-wal`)
    const library = await openTemporary(folder)
    const names = everyScenario(library).filter(({ state }) => state === 'ok').map(({ name }) => name)
    for (let n = 0; n < 59; n++) expect(names).toContain(`s${n}`)
    library.close()
    const db = new (await loadDriver())(file)
    expect(db.pragma('integrity_check', { simple: true })).toBe('ok')
    db.close()
  })
})

describe('a file that is not for this version', () => {
  it('of a newer Headroom is refused with both versions and left as it is', async () => {
    const folder = temporaryFolder()
    const file = await libraryWithBackup(folder, 2)
    const db = new (await loadDriver())(file)
    db.pragma('user_version = 9')
    db.close()
    const before = readFileSync(file)
    await expect(openTemporary(folder)).rejects.toMatchObject({ code: 'library-newer', details: { found: 9, known: MIGRATIONS.length, path: file }, message: expect.stringMatching(new RegExp(`version 9.*up to ${MIGRATIONS.length}`)) as unknown })
    expect(readFileSync(file)).toEqual(before)
    expect(damagedFiles(folder)).toEqual([])
  })

  it('of another program is refused and left as it is', async () => {
    const folder = temporaryFolder()
    const db = new (await loadDriver())(libraryFile(folder))
    db.exec('CREATE TABLE bookmarks (url TEXT)')
    db.close()
    const before = readFileSync(libraryFile(folder))
    await expect(openTemporary(folder)).rejects.toMatchObject({ code: 'library-unusable', details: { reason: 'foreign-file' } })
    expect(readFileSync(libraryFile(folder))).toEqual(before)
    expect(existsSync(`${libraryFile(folder)}-wal`)).toBe(false)
  })
})
