import { readdirSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import type { SavedTarget } from '#shared/contract/index.ts'
import { MIGRATIONS } from './migrations/index.ts'
import { draft, openTemporary, temporaryFolder } from './fixtures/temporary.ts'
import { loadDriver } from './driver.ts'
import { openDatabase } from './open.ts'
import { saveScenario } from './scenarios.ts'
import { toLibraryError } from './libraryError.ts'
import { NEWEST_SCENARIOS } from '#shared/contract/index.ts'

const machineTarget: SavedTarget = { sources: [{ kind: 'machine', machine: 'local', devices: null }], memory: 'free', reserve: 0.1 }
const unknownId = '00000000-0000-4000-8000-000000000000'

describe('scenarios', () => {
  it('are there after a restart, newest change first', async () => {
    const folder = temporaryFolder()
    let clock = Date.parse('2026-11-24T10:00:00Z')
    const first = await openTemporary(folder, () => new Date(clock += 1000))
    const saved = first.save(null, draft('Llama LoRA'))
    const other = first.save(null, draft('Qwen QLoRA', 'Qwen/Qwen2.5-7B'))
    expect(first.save(saved.id, { ...draft('Llama LoRA'), target: machineTarget })).toMatchObject({ id: saved.id, createdAt: saved.createdAt })
    first.close()

    const second = await openTemporary(folder)
    expect(second.notice).toBeNull()
    const shown = { algorithm: 'sft', method: 'lora', needBytes: null, tags: [], favourite: false, hasNotes: false, runs: 0, state: 'ok', deletedAt: null }
    expect(second.query(NEWEST_SCENARIOS)).toEqual({
      rows: [
        { ...shown, id: saved.id, name: 'Llama LoRA', model: 'meta-llama/Llama-3.1-8B', family: 'Llama 3', createdAt: saved.createdAt, updatedAt: '2026-11-24T10:00:04.000Z' },
        { ...shown, id: other.id, name: 'Qwen QLoRA', model: 'Qwen/Qwen2.5-7B', family: 'Qwen2.5', createdAt: other.createdAt, updatedAt: other.updatedAt }
      ],
      total: 2,
      isMore: false
    })
    expect(second.open(saved.id)).toMatchObject({ plan: draft('').plan, target: machineTarget })
  })

  it('keep their names apart, and offer a free one', async () => {
    const library = await openTemporary(temporaryFolder())
    const { id } = library.save(null, draft('A'))
    const b = library.save(null, draft('B'))
    expect(() => library.save(null, draft('A'))).toThrow(expect.objectContaining({ code: 'name-taken', details: { name: 'A', suggestion: 'A (2)' } }))
    expect(() => library.rename(b.id, 'A')).toThrow(expect.objectContaining({ code: 'name-taken' }))
    expect(library.rename(id, 'A')).toMatchObject({ id, name: 'A' })
    expect(library.rename(b.id, 'C').name).toBe('C')
    expect(library.query(NEWEST_SCENARIOS).rows.map(({ name }) => name).toSorted()).toEqual(['A', 'C'])
  })

  it('come back from the trash, under another name when theirs was taken', async () => {
    const library = await openTemporary(temporaryFolder())
    const first = library.save(null, draft('A'))
    library.delete(first.id)
    expect(library.query(NEWEST_SCENARIOS).rows).toEqual([])
    expect(() => library.open(first.id)).toThrow(expect.objectContaining({ code: 'not-found' }))
    expect(() => { library.delete(first.id) }).toThrow(expect.objectContaining({ code: 'not-found' }))
    library.save(null, draft('A'))
    expect(library.restore(first.id).name).toBe('A (2)')
    expect(library.restore(first.id).name).toBe('A (2)')
    expect(library.open(first.id).plan).toEqual(first.plan)
    expect(() => library.restore(unknownId)).toThrow(expect.objectContaining({ code: 'not-found' }))
  })

  it('stay listed and untouched when this version cannot read them', async () => {
    const folder = temporaryFolder()
    const library = await openTemporary(folder)
    const newer = library.save(null, draft('from the future'))
    const odd = library.save(null, draft('edited by hand'))
    const target = library.save(null, draft('odd target'))
    library.close()
    const db = new (await loadDriver())(library.path)
    db.prepare("UPDATE scenarios SET plan_version = 7, method = 'telepathy' WHERE id = ?").run(newer.id)
    db.prepare("UPDATE revisions SET plan = json_set(plan, '$.version', 7, '$.method.kind', 'telepathy') WHERE scenario_id = ?").run(newer.id)
    db.prepare("UPDATE revisions SET plan = json_remove(plan, '$.data', '$.model') WHERE scenario_id = ?").run(odd.id)
    db.prepare("UPDATE revisions SET target = '[]' WHERE scenario_id = ?").run(target.id)
    db.close()

    const again = await openTemporary(folder)
    expect(Object.fromEntries(again.query(NEWEST_SCENARIOS).rows.map(({ name, state, model, method }) => [name, [state, model, method]]))).toEqual({
      'from the future': ['newer', 'meta-llama/Llama-3.1-8B', 'telepathy'],
      'edited by hand': ['unreadable', 'meta-llama/Llama-3.1-8B', 'lora'],
      'odd target': ['unreadable', 'meta-llama/Llama-3.1-8B', 'lora']
    })
    expect(() => again.open(newer.id)).toThrow(expect.objectContaining({ code: 'scenario-unreadable', details: expect.objectContaining({ state: 'newer' }) as unknown }))
    expect(() => again.open(odd.id)).toThrow(expect.objectContaining({ code: 'scenario-unreadable' }))
    expect(again.rename(odd.id, 'kept').state).toBe('unreadable')
  })
})

describe('the library file', () => {
  it('has every safety setting on the first open and on later ones', async () => {
    const driver = await loadDriver()
    const file = path.join(temporaryFolder(), 'library.db')
    for (const _ of [1, 2]) {
      const db = openDatabase(driver, file, new Date())
      saveScenario(db, null, draft(`run ${_}`), new Date())
      const settings = ['journal_mode', 'synchronous', 'foreign_keys', 'trusted_schema', 'cell_size_check', 'busy_timeout', 'application_id', 'user_version']
      expect(settings.map(name => db.pragma(name, { simple: true }))).toEqual(['wal', 2, 1, 0, 1, 5000, 0x4844524D, MIGRATIONS.length])
      expect(db.prepare('SELECT name, strict FROM pragma_table_list WHERE schema = ? AND type = ? AND name NOT LIKE ? ORDER BY name').all('main', 'table', 'sqlite_%')).toEqual(['machines', 'measured_runs', 'revisions', 'scenario_tags', 'scenarios'].map(name => ({ name, strict: 1 })))
      db.close()
    }
  })

  it('says that the disk is full, and has lost nothing', async () => {
    const driver = await loadDriver()
    const file = path.join(temporaryFolder(), 'library.db')
    const db = openDatabase(driver, file, new Date())
    saveScenario(db, null, draft('kept'), new Date())
    db.pragma(`max_page_count = ${String(db.pragma('page_count', { simple: true }))}`)
    const fill = () => {
      for (let n = 0; n < 100; n++) saveScenario(db, null, draft(`more ${n}`), new Date())
    }
    const error = (() => {
      try {
        fill()
        return null
      } catch (e) {
        return toLibraryError(e, file)
      }
    })()
    expect(error).toMatchObject({ code: 'disk-full', details: { path: file } })
    expect(db.pragma('quick_check', { simple: true })).toBe('ok')
    expect(db.prepare("SELECT count(*) AS n FROM scenarios WHERE name = 'kept'").get()).toEqual({ n: 1 })
    db.close()
  })

  it('is backed up on a clean close when it changed, and five backups are kept', async () => {
    const folder = temporaryFolder()
    const backups = () => readdirSync(path.join(folder, 'backups'))
    for (let n = 0; n < 7; n++) {
      const library = await openTemporary(folder)
      library.save(null, draft(`run ${n}`))
      library.close()
    }
    const names = backups()
    expect(names).toHaveLength(5)
    const untouched = await openTemporary(folder)
    expect(untouched.query(NEWEST_SCENARIOS).rows).toHaveLength(7)
    untouched.close()
    expect(backups()).toEqual(names)
    expect(readdirSync(folder).toSorted()).toEqual(['backups', 'library.db', 'library.db.lock'])
  })

  it('is refused by name when its folder is a file', async () => {
    const file = path.join(temporaryFolder(), 'occupied')
    writeFileSync(file, 'text')
    await expect(openTemporary(file)).rejects.toMatchObject({ code: 'library-unusable' })
    expect(statSync(file).size).toBe(4)
  })
})
