import { readdirSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { NEWEST_SCENARIOS } from '#shared/contract/index.ts'
import { listBackups } from '../backup.ts'
import { loadDriver } from '../driver.ts'
import { draft, temporaryFolder } from '../fixtures/temporary.ts'
import { openDatabase } from '../open.ts'
import { queryScenarios } from '../query.ts'
import { saveScenario } from '../scenarios.ts'
import { MIGRATIONS, migrateSchema, versionOf, type Migration } from './index.ts'

const driver = await loadDriver()
const notes: Migration = { number: MIGRATIONS.length + 1, up: db => db.exec("ALTER TABLE scenarios ADD COLUMN colour TEXT NOT NULL DEFAULT ''") }
const failing: Migration = {
  number: MIGRATIONS.length + 1,
  up: db => {
    db.exec('DELETE FROM scenarios; CREATE TABLE half (done TEXT) STRICT')
    throw new Error('power cut')
  }
}

function librarySaving (name: string): string {
  const file = path.join(temporaryFolder(), 'library.db')
  const db = openDatabase(driver, file, new Date())
  saveScenario(db, null, draft(name), new Date())
  db.close()
  return file
}

describe('migrations', () => {
  it('stand in their order', () => {
    expect(MIGRATIONS.map(({ number }) => number)).toEqual(MIGRATIONS.map((_, index) => index + 1))
    const db = new driver(':memory:')
    expect(() => { migrateSchema(db, [...MIGRATIONS, { number: 7, up: () => {} }]) }).toThrow(`Migration 7 stands where ${MIGRATIONS.length + 1} belongs`)
    expect(versionOf(db)).toBe(0)
  })

  it('make the schema of version 1', () => {
    const db = new driver(':memory:')
    migrateSchema(db, MIGRATIONS.slice(0, 1))
    expect(versionOf(db)).toBe(1)
    expect(db.prepare("SELECT name FROM pragma_table_info('scenarios')").pluck().all())
      .toEqual(['id', 'name', 'plan', 'plan_version', 'target', 'created_at', 'updated_at', 'deleted_at'])
    expect(() => db.exec("INSERT INTO scenarios VALUES ('1', 'a', '{', 1, '{}', '', '', NULL)")).toThrow(/CHECK constraint/)
    expect(() => db.exec("INSERT INTO scenarios VALUES ('1', 'a', '{}', 'one', '{}', '', '', NULL)")).toThrow(/cannot store TEXT/)
  })

  it('add machines and measured runs, which go with their scenario', () => {
    const db = new driver(':memory:')
    db.pragma('foreign_keys = ON')
    migrateSchema(db, MIGRATIONS.slice(0, 1))
    db.exec("INSERT INTO scenarios VALUES ('s', 'a', '{}', 1, '{}', '', '', NULL)")
    migrateSchema(db, MIGRATIONS.slice(0, 2))
    expect(versionOf(db)).toBe(2)
    expect(() => db.exec("INSERT INTO measured_runs VALUES ('r', 'other', '{}', '[]', '', '')")).toThrow(/FOREIGN KEY/)
    expect(() => db.exec("INSERT INTO machines VALUES ('m', 'a', '{', '', '')")).toThrow(/CHECK constraint/)
    db.exec("INSERT INTO measured_runs VALUES ('r', 's', '{}', '[]', '', '')")
    db.exec("DELETE FROM scenarios WHERE id = 's'")
    expect(db.prepare('SELECT count(*) FROM measured_runs').pluck().get()).toBe(0)
  })

  it('back the file up once before they change it', () => {
    const file = librarySaving('before')
    for (const _ of [1, 2]) {
      const db = openDatabase(driver, file, new Date(), [...MIGRATIONS, notes])
      expect(versionOf(db)).toBe(notes.number)
      db.close()
    }
    expect(readdirSync(path.join(path.dirname(file), 'backups'))).toEqual([`library-v${MIGRATIONS.length}.db`])
    const copy = openDatabase(driver, listBackups(file)[0]?.file ?? '', new Date())
    expect(queryScenarios(copy, NEWEST_SCENARIOS).rows).toMatchObject([{ name: 'before' }])
    copy.close()
  })

  it('leave the file as it was when they fail', () => {
    const file = librarySaving('still here')
    expect(() => openDatabase(driver, file, new Date(), [...MIGRATIONS, failing])).toThrow('power cut')
    const db = openDatabase(driver, file, new Date())
    expect(versionOf(db)).toBe(MIGRATIONS.length)
    expect(queryScenarios(db, NEWEST_SCENARIOS).rows).toMatchObject([{ name: 'still here', state: 'ok' }])
    expect(db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'half'").get()).toBeUndefined()
    db.close()
  })
})
