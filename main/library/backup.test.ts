import { readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import { KEPT_BACKUPS, KEPT_DAYS } from './backup.ts'
import { isSound } from './check.ts'
import { loadDriver } from './driver.ts'
import { draft, openTemporary, temporaryFolder } from './fixtures/temporary.ts'

it('keeps the newest backups, and the newest of each of the last days', async () => {
  const folder = temporaryFolder()
  let now = new Date('2026-11-01T08:00:00Z')
  const library = await openTemporary(folder, () => now)
  for (let day = 1; day <= 10; day++) {
    for (const hour of ['08', '12', '16']) {
      now = new Date(`2026-11-${String(day).padStart(2, '0')}T${hour}:00:00Z`)
      const { name } = library.backUpNow()
      // As if it had been made then.
      utimesSync(path.join(folder, 'backups', name), now, now)
    }
  }
  // The last was made today for the one that let the others go, so six more days are left.
  const kept = library.state().backups.map(({ name }) => name.slice('library-2026-11-'.length, -'-00-00.000Z.db'.length))
  expect(kept).toEqual(['10T16', '10T12', '10T08', '09T16', '09T12', '08T16', '07T16', '06T16', '05T16'])
  expect([KEPT_BACKUPS, KEPT_DAYS]).toEqual([5, 7])
})

it('backs up once a day while the library is open, when something changed', async () => {
  const folder = temporaryFolder()
  let now = new Date()
  const library = await openTemporary(folder, () => now)
  library.save(null, draft('a'))
  expect([library.backUpWhenDue(), library.backUpWhenDue()]).toEqual([true, false])
  now = new Date(now.getTime() + 25 * 3_600_000)
  expect(library.backUpWhenDue()).toBe(false)
  library.save(null, draft('b'))
  expect(library.backUpWhenDue()).toBe(true)
  expect(library.state().backups).toHaveLength(2)
})

it('clears away what a killed process left, and no backup', async () => {
  const folder = temporaryFolder()
  const library = await openTemporary(folder)
  library.save(null, draft('a'))
  library.backUpNow()
  const before = library.state().backups
  writeFileSync(path.join(folder, 'backups', 'library-2026-01-01T00-00-00.000Z.db.tmp-wal'), 'half')
  library.save(null, draft('b'))
  library.backUpNow()
  expect(readdirSync(path.join(folder, 'backups')).filter(name => name.includes('.tmp'))).toEqual([])
  expect(library.state().backups).toHaveLength(2)
  expect(library.state().backups[1]).toEqual(before[0])
  const driver = await loadDriver()
  for (const { name } of library.state().backups) {
    const file = path.join(folder, 'backups', name)
    expect([isSound(driver, file), statSync(file).size > 0]).toEqual([true, true])
  }
})
