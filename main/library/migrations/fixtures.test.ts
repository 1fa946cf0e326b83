import { copyFileSync, mkdirSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { NEWEST_SCENARIOS } from '#shared/contract/index.ts'
import { defaultPlan } from '#shared/plan/index.ts'
import { loadDriver } from '../driver.ts'
import { openTemporary, temporaryFolder } from '../fixtures/temporary.ts'
import { libraryFile } from '../index.ts'
import { openDatabase } from '../open.ts'

const driver = await loadDriver()
const id = (n: number): string => `0000000${n}-0000-4000-8000-000000000000`

/** The library folder of a user of an earlier version. The files were written by that version's own migrations and never change. */
function folderOf (version: number): string {
  const folder = path.join(temporaryFolder(), 'headroom')
  mkdirSync(folder)
  copyFileSync(path.join(import.meta.dirname, '..', 'fixtures', `library-v${version}.db`), libraryFile(folder))
  return folder
}

const schemaOf = (file: string): unknown => {
  const db = new driver(file, { readonly: true })
  const rows = db.prepare("SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_stat%' ORDER BY type, name").all()
  db.close()
  return rows
}

describe.each([1, 2])('a library of version %i', (version) => {
  it('opens with everything that was in it', async () => {
    const folder = folderOf(version)
    const library = await openTemporary(folder)
    expect(library.notice).toBeNull()
    const { rows } = library.query(NEWEST_SCENARIOS)
    expect(rows.map(row => [row.id, row.name, row.model, row.algorithm, row.method, row.state, row.createdAt, row.updatedAt])).toEqual([
      [id(1), 'baseline', 'meta-llama/Llama-3.1-8B', 'sft', 'lora', 'ok', '2026-01-01T08:00:00.000Z', '2026-02-01T08:00:00.000Z'],
      [id(4), 'from the future', 'meta-llama/Llama-3.1-8B', 'sft', 'lora', 'newer', '2026-01-05T08:00:00.000Z', '2026-01-05T08:00:00.000Z'],
      [id(2), '客服 长上下文', 'Qwen/Qwen2.5-7B', 'sft', 'qlora', 'ok', '2026-01-02T08:00:00.000Z', '2026-01-03T08:00:00.000Z']
    ])
    expect(library.query({ ...NEWEST_SCENARIOS, filter: { trash: true } }).rows).toMatchObject([{ id: id(3), name: 'baseline', deletedAt: '2026-01-04T08:00:00.000Z' }])
    expect(library.open(id(1)).plan).toEqual(defaultPlan())
    expect(library.open(id(2))).toMatchObject({ plan: { data: { sequenceLength: 16_384 } }, target: { sources: [{ gpuId: 'rtx-4090' }, { gpuId: 'rtx-4090' }], reserve: 0.2 } })
    expect(library.revisions(id(1))).toEqual([{ number: 1, name: 'baseline', savedAt: '2026-02-01T08:00:00.000Z', needBytes: null }])
    expect(library.openRevision(id(1), 1).plan).toEqual(defaultPlan())
    expect(library.restore(id(3)).name).toBe('baseline (2)')
    if (version === 2) {
      expect(library.listMachines()).toMatchObject([{ id: id(5), machine: { name: 'GPU box', host: 'me@gpu-box' } }])
      expect(library.listRuns(id(1))).toMatchObject([{ id: id(6), note: '两轮', peakBytes: 21_474_836_480 }])
      expect(library.openRun(id(6)).points).toHaveLength(2)
    }
  })

  it('can be searched, and gets its estimates', async () => {
    const library = await openTemporary(folderOf(version))
    expect(library.query({ ...NEWEST_SCENARIOS, text: '长上下 qwen' }).rows).toMatchObject([{ id: id(2), needBytes: null, family: null }])
    while (library.fillNextNeed());
    expect(library.query({ ...NEWEST_SCENARIOS, text: '客服' }).rows).toMatchObject([{ needBytes: expect.any(Number) as unknown, family: 'Qwen2.5' }])
    expect(library.query({ ...NEWEST_SCENARIOS, text: 'future' }).rows).toMatchObject([{ needBytes: null }])
  })

  it('has the schema of a new one, and is kept as it was', async () => {
    const folder = folderOf(version)
    const library = await openTemporary(folder)
    library.close()
    const fresh = path.join(temporaryFolder(), 'library.db')
    openDatabase(driver, fresh, new Date()).close()
    expect(schemaOf(library.path)).toEqual(schemaOf(fresh))
    expect(schemaOf(path.join(folder, 'backups', `library-v${version}.db`))).toEqual(schemaOf(libraryFile(folderOf(version))))
  })
})
