import { readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { MachineDraft, MeasuredRunDraft } from '#shared/contract/index.ts'
import { listBackups } from './backup.ts'
import { loadDriver } from './driver.ts'
import { draft, openTemporary, temporaryFolder } from './fixtures/temporary.ts'
import { libraryFile } from './index.ts'
import { MIGRATIONS } from './migrations/index.ts'
import { openDatabase } from './open.ts'
import { NEWEST_SCENARIOS } from '#shared/contract/index.ts'

const box: MachineDraft = { kind: 'remote', name: 'GPU box', host: 'me@gpu-box', connectAtStart: false }
const paper: MachineDraft = { kind: 'paper', name: 'a future server', devices: [{ gpuId: 'h100-sxm', name: 'H100', memoryBytes: null, count: 8 }], ramBytes: 2 ** 40, diskBytes: null }
const unknownId = '00000000-0000-4000-8000-000000000000'

const run = (scenarioId: string, startedAt: string): MeasuredRunDraft => ({
  scenarioId,
  machine: 'ssh:me@gpu-box',
  deviceKey: 'GPU-1',
  deviceName: 'NVIDIA GeForce RTX 3090',
  scope: { kind: 'process', pid: 4711, name: 'python' },
  startedAt,
  endedAt: '2026-11-24T11:00:00.000Z',
  intervalMs: 1000,
  peakBytes: 20 * 2 ** 30,
  predicted: { expected: 19 * 2 ** 30, low: 18 * 2 ** 30, high: 21 * 2 ** 30 },
  note: '两轮',
  points: [{ seconds: 0, usedBytes: 1 }, { seconds: 1.5, usedBytes: 20 * 2 ** 30 }]
})

describe('saved machines', () => {
  it('are there after a restart, by name', async () => {
    const folder = temporaryFolder()
    const first = await openTemporary(folder, () => new Date('2026-11-24T10:00:00Z'))
    const saved = first.saveMachine(null, box)
    first.saveMachine(null, paper)
    first.close()
    const second = await openTemporary(folder, () => new Date('2026-11-24T12:00:00Z'))
    expect(second.listMachines().map(({ machine }) => machine)).toEqual([paper, box])
    expect(second.saveMachine(saved.id, { ...box, name: 'A box' })).toEqual({ id: saved.id, machine: { ...box, name: 'A box' }, createdAt: '2026-11-24T10:00:00.000Z', updatedAt: '2026-11-24T12:00:00.000Z' })
    expect(second.listMachines().map(({ machine }) => machine.name)).toEqual(['A box', 'a future server'])
    second.removeMachine(saved.id)
    expect(second.listMachines()).toHaveLength(1)
    expect(() => { second.removeMachine(saved.id) }).toThrow(expect.objectContaining({ code: 'machine-not-found', details: { id: saved.id } }) as Error)
    expect(() => second.saveMachine(unknownId, box)).toThrow(expect.objectContaining({ code: 'machine-not-found' }) as Error)
  })

  it('of a later version are left out and left alone', async () => {
    const folder = temporaryFolder()
    const first = await openTemporary(folder)
    const saved = first.saveMachine(null, box)
    first.close()
    const db = openDatabase(await loadDriver(), libraryFile(folder), new Date())
    db.prepare('UPDATE machines SET machine = ? WHERE id = ?').run('{"kind":"cloud"}', saved.id)
    db.close()
    const second = await openTemporary(folder)
    expect(second.listMachines()).toEqual([])
    second.saveMachine(saved.id, box)
    expect(second.listMachines()).toHaveLength(1)
  })
})

describe('measured runs', () => {
  it('are kept with their scenario, newest first, points apart', async () => {
    const folder = temporaryFolder()
    const first = await openTemporary(folder)
    const { id } = first.save(null, draft('A'))
    const older = first.saveRun(run(id, '2026-11-24T09:00:00.000Z'))
    const newer = first.saveRun(run(id, '2026-11-24T10:00:00.000Z'))
    first.close()
    const second = await openTemporary(folder)
    expect(second.listRuns(id)).toEqual([newer, older])
    expect(newer).not.toHaveProperty('points')
    expect(second.openRun(older.id)).toEqual({ ...run(id, older.startedAt), id: older.id })
    second.removeRun(newer.id)
    expect(second.listRuns(id)).toEqual([older])
    expect(() => second.openRun(newer.id)).toThrow(expect.objectContaining({ code: 'run-not-found' }) as Error)
    expect(() => { second.removeRun(newer.id) }).toThrow(expect.objectContaining({ code: 'run-not-found' }) as Error)
  })

  it('stay while their scenario is in the trash, and cannot be added to it there', async () => {
    const library = await openTemporary(temporaryFolder())
    const { id } = library.save(null, draft('A'))
    library.saveRun(run(id, '2026-11-24T09:00:00.000Z'))
    library.delete(id)
    expect(() => library.saveRun(run(id, '2026-11-24T10:00:00.000Z'))).toThrow(expect.objectContaining({ code: 'not-found' }) as Error)
    library.restore(id)
    expect(library.listRuns(id)).toHaveLength(1)
    expect(() => library.saveRun(run(unknownId, ''))).toThrow(expect.objectContaining({ code: 'not-found', details: { id: unknownId } }) as Error)
  })
})

describe('a library of version 1', () => {
  it('opens with its scenarios, whose targets are read as before', async () => {
    const folder = temporaryFolder()
    const db = openDatabase(await loadDriver(), libraryFile(folder), new Date(), MIGRATIONS.slice(0, 1))
    const { plan } = draft('old')
    db.prepare("INSERT INTO scenarios VALUES ('00000000-0000-4000-8000-000000000001', 'old', ?, 1, ?, '2026-01-01', '2026-01-01', NULL)")
      .run(JSON.stringify(plan), JSON.stringify({ kind: 'catalog', gpuIds: ['a100-80gb-sxm'], reserve: 0.2 }))
    db.close()
    const library = await openTemporary(folder)
    expect(library.query(NEWEST_SCENARIOS).rows).toMatchObject([{ name: 'old', state: 'ok' }])
    expect(library.open('00000000-0000-4000-8000-000000000001').target).toMatchObject({ sources: [{ kind: 'catalog', gpuId: 'a100-80gb-sxm' }], reserve: 0.2 })
    expect(library.listMachines()).toEqual([])
  })
})

describe('recovery', () => {
  it('brings machines and measured runs back too, without losing those of the backup', async () => {
    const folder = temporaryFolder()
    const first = await openTemporary(folder)
    const { id } = first.save(null, draft('A'))
    first.saveRun(run(id, '2026-11-24T09:00:00.000Z'))
    const saved = first.saveMachine(null, box)
    first.close()
    const backup = listBackups(first.path)[0]!.file
    const kept = readFileSync(backup)
    const second = await openTemporary(folder)
    second.save(id, draft('A'))
    second.saveRun(run(id, '2026-11-24T10:00:00.000Z'))
    second.saveMachine(saved.id, { ...box, name: 'renamed' })
    second.saveMachine(null, paper)
    second.close()
    for (const { file } of listBackups(first.path)) writeFileSync(file, kept)
    // One bit of the first page's free block list: the pages are sound, the file is not.
    const file = libraryFile(folder)
    const bytes = readFileSync(file)
    bytes.writeUInt32BE(bytes.readUInt32BE(36) + 3, 36)
    writeFileSync(file, bytes)

    const third = await openTemporary(folder)
    expect(third.notice).toMatchObject({ code: 'restored', salvaged: 1 })
    expect(third.listRuns(id).map(({ startedAt }) => startedAt)).toEqual(['2026-11-24T10:00:00.000Z', '2026-11-24T09:00:00.000Z'])
    expect(third.listMachines().map(({ machine }) => machine.name)).toEqual(['a future server', 'renamed'])
  })
})
