import { copyFileSync, existsSync, readFileSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { describeLibraryNotice, NEWEST_SCENARIOS } from '#shared/contract/index.ts'
import { listBackups } from './backup.ts'
import { loadDriver } from './driver.ts'
import { draft, openTemporary, temporaryFolder } from './fixtures/temporary.ts'
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
