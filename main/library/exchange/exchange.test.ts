import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { EXCHANGE_VERSION, type MeasuredRunDraft } from '#shared/contract/index.ts'
import { defaultPlan, serializePlan } from '#shared/plan/index.ts'
import { draft, everyScenario, openTemporary, temporaryFolder } from '../fixtures/temporary.ts'
import type { Library } from '../index.ts'

const fresh = (): Promise<Library> => openTemporary(temporaryFolder())
const documentOf = (...scenarios: unknown[]): string => JSON.stringify({ type: 'headroom/scenarios', version: EXCHANGE_VERSION, scenarios })
const states = (library: Library, text: string) => library.previewImport(text).map(({ name, state, suggestion }) => [name, state, suggestion])
const all = (library: Library, text: string) => library.import(text, library.previewImport(text).map(({ index, name, suggestion }) => ({ index, name: suggestion ?? name })))

const run = (scenarioId: string): MeasuredRunDraft => ({
  scenarioId, machine: 'local', deviceKey: 'GPU-1', deviceName: 'A100', scope: { kind: 'card', usedBeforeBytes: 5 }, startedAt: '2026-11-24T09:00:00.000Z', endedAt: '2026-11-24T10:00:00.000Z',
  intervalMs: 500, peakBytes: 3, predicted: { expected: 1, low: 0, high: 2 }, note: '首轮', points: [{ seconds: 0, usedBytes: 3 }]
})

async function filled (): Promise<{ library: Library, id: string }> {
  const library = await fresh()
  const { id } = library.save(null, draft('客服 / "7B"', 'Qwen/Qwen2.5-7B'))
  library.annotate(id, { tags: ['生产', 'a"b'], notes: 'first\nsecond', favourite: true })
  library.saveRun(run(id))
  library.save(null, draft('other'))
  return { library, id }
}

describe('what is exported', () => {
  it('comes back the same in another library', async () => {
    const { library } = await filled()
    const { text, count, leftOut, fileName } = library.export(null)
    expect([count, leftOut, fileName]).toEqual([2, 0, expect.stringMatching(/^headroom-\d{4}-\d\d-\d\d\.headroom\.json$/)])
    const other = await fresh()
    all(other, text)
    const comparable = (from: Library): unknown => everyScenario(from).map(({ id }) => ({ ...from.open(id), id: '', updatedAt: '', runs: from.listRuns(id).map(r => ({ ...from.openRun(r.id), id: '', scenarioId: '' })) })).toSorted((a, b) => a.name < b.name ? -1 : 1)
    expect(comparable(other)).toEqual(comparable(library))
    expect(states(other, text).map(([, state]) => state)).toEqual(['same', 'same'])
  })

  it('is one scenario under its name, some, or all but the trash', async () => {
    const { library, id } = await filled()
    expect(library.export([id])).toMatchObject({ fileName: '客服-7B.headroom.json', count: 1 })
    library.delete(id)
    expect(library.export(null).count).toBe(1)
    expect(() => library.export([id])).toThrow(expect.objectContaining({ code: 'not-found' }) as Error)
    expect(JSON.parse((await fresh()).export(null).text)).toEqual({ type: 'headroom/scenarios', version: EXCHANGE_VERSION, scenarios: [] })
  })

  it('is refused when it is too much for one text or file', async () => {
    const { library } = await filled()
    expect(() => library.export(null, 500)).toThrow(expect.objectContaining({ code: 'too-large', details: expect.objectContaining({ most: 500 }) as unknown }) as Error)
    expect(() => library.copy(500)).toThrow(expect.objectContaining({ code: 'too-large' }) as Error)
  })
})

describe('an import', () => {
  it('never replaces: names that are taken, by the library or the file itself, get a number', async () => {
    const library = await fresh()
    const there = library.save(null, draft('run'))
    const changed = { ...draft('run'), plan: defaultPlan('Qwen/Qwen2.5-7B') }
    const text = documentOf(draft('run'), changed, changed, draft('new'))
    expect(states(library, text)).toEqual([['run', 'same', null], ['run', 'renamed', 'run (2)'], ['run', 'renamed', 'run (3)'], ['new', 'new', null]])
    expect(everyScenario(library)).toHaveLength(1)
    expect(library.import(text, [{ index: 1, name: 'run' }, { index: 3, name: 'chosen' }, { index: 99, name: 'nowhere' }]).map(({ name }) => name)).toEqual(['run (2)', 'chosen'])
    expect(library.open(there.id).plan).toEqual(there.plan)
  })

  it('numbers thousands of the same name', async () => {
    const library = await fresh()
    library.save(null, draft('run'))
    const text = documentOf(...Array.from({ length: 3000 }, () => ({ ...draft('run'), plan: defaultPlan('Qwen/Qwen2.5-7B') })))
    const preview = library.previewImport(text)
    expect([preview[0]!.suggestion, preview.at(-1)!.suggestion]).toEqual(['run (2)', 'run (3001)'])
    expect(new Set(library.import(text, preview.map(({ index }) => ({ index, name: 'run' }))).map(({ name }) => name)).size).toBe(3000)
  })

  it('takes the good ones beside bad ones, and says of each what is wrong in both languages', async () => {
    const library = await fresh()
    const good = draft('good')
    const text = documentOf(good, null, 7, 'x', [], {}, { ...good, name: '' }, { ...good, name: 'future', plan: { ...good.plan, version: 99 } }, { ...good, name: 'odd', plan: { ...good.plan, data: { ...good.plan.data, microBatch: -1 } } },
      { ...good, name: 'more', surprise: 1 }, { ...good, name: 'tags', tags: Array(99).fill('t') }, { ...good, name: 'deep', plan: { ...good.plan, model: { config: { deep: 'DEEP' }, name: 'x' } } }).replace('"DEEP"', '['.repeat(20_000) + ']'.repeat(20_000))
    const preview = library.previewImport(text)
    expect(preview.map(({ name, state }) => [name, state])).toEqual([['good', 'new'], ...['?', '?', '?', '?', '?', '?', 'future', 'odd', 'more', 'tags', 'deep'].map(name => [name, 'refused'])])
    for (const { state, problem } of preview) if (state === 'refused') expect([problem!.en.length > 10, /[\u4e00-\u9fff]/.test(problem!.zh)]).toEqual([true, true])
    expect(all(library, text).map(({ name }) => name)).toEqual(['good'])
  })

  it.each([
    ['nothing', '', 'not JSON'], ['half a file', documentOf(draft('a')).slice(0, 300), 'was cut off'], ['another program', '{"type":"excalidraw"}', 'neither scenarios'], ['no object', '[1]', 'neither scenarios'],
    ['a newer version', JSON.stringify({ type: 'headroom/scenarios', version: 2, scenarios: 'in a new form' }), 'newer Headroom (version 2; this one reads up to 1)'], ['no list', '{"type":"headroom/scenarios","version":1,"scenarios":{}}', 'list of scenarios']
  ])('refuses %s and says why', async (_, text, reason) => {
    const library = await fresh()
    expect(library.previewImport(text)).toEqual([expect.objectContaining({ state: 'refused', problem: { en: expect.stringContaining(reason) as unknown, zh: expect.any(String) as unknown } })])
    expect(library.import(text, [{ index: 0, name: 'x' }])).toEqual([])
  })

  it('takes a plan by itself, also with a byte order mark', async () => {
    const library = await fresh()
    const text = `\uFEFF${serializePlan(defaultPlan('Qwen/Qwen2.5-7B'))}`
    expect(states(library, text)).toEqual([['Qwen/Qwen2.5-7B', 'new', null]])
    expect(all(library, text)).toMatchObject([{ name: 'Qwen/Qwen2.5-7B', model: 'Qwen/Qwen2.5-7B' }])
    expect(library.previewImport(serializePlan({ ...defaultPlan(), version: 99 } as never))).toMatchObject([{ state: 'refused', problem: { en: expect.stringContaining('newer') as unknown } }])
  })

  it('keeps when a scenario was made, but not a time to come', async () => {
    const library = await openTemporary(temporaryFolder(), () => new Date('2026-06-01T00:00:00Z'))
    all(library, documentOf({ ...draft('old'), createdAt: '2025-01-01T00:00:00.000Z' }, { ...draft('to come'), createdAt: '2099-01-01T00:00:00.000Z' }))
    expect(everyScenario(library).map(({ name, createdAt, updatedAt }) => [name, createdAt.slice(0, 4), updatedAt.slice(0, 4)]).toSorted()).toEqual([['old', '2025', '2026'], ['to come', '2026', '2026']])
    expect(library.previewImport(documentOf({ ...draft('a'), createdAt: 'yesterday' }))).toMatchObject([{ state: 'refused' }])
  })

  it('is all or nothing on the disk, after a backup of what was there', async () => {
    const library = await fresh()
    library.save(null, draft('before'))
    expect(library.state().backups).toEqual([])
    all(library, documentOf(draft('a')))
    expect(library.state().backups).toHaveLength(1)
  })
})

describe('a whole library', () => {
  it('is copied as a checked file and read from it, of any version', async () => {
    const { library } = await filled()
    const copy = library.copy()
    expect(copy.fileName).toMatch(/^headroom-library-.*\.db$/)
    const other = await fresh()
    expect(all(other, copy.bytes.toString('base64'))).toHaveLength(2)
    for (const version of [1, 2]) {
      const text = readFileSync(path.join(import.meta.dirname, '..', 'fixtures', `library-v${version}.db`)).toString('base64')
      expect(other.previewImport(text).map(({ state }) => state).toSorted()).toEqual(version === 1 ? ['new', 'new', 'refused'] : ['new', 'new', 'refused'])
    }
  })

  it('is refused when it is damaged, of another program, or newer', async () => {
    const { library } = await filled()
    const { bytes } = library.copy()
    const reasonOf = (change: (bytes: Buffer) => void): string => {
      const changed = Buffer.from(bytes)
      change(changed)
      const [entry, more] = library.previewImport(changed.toString('base64'))
      expect([entry?.state, more]).toEqual(['refused', undefined])
      return entry!.problem!.en
    }
    expect(reasonOf(b => b.fill(0xA5, 4096, b.length))).toContain('damaged')
    expect(reasonOf(b => b.fill(0, 20, 100))).toContain('damaged')
    expect(reasonOf(b => b.writeUInt32BE(42, 68))).toContain('another program')
    expect(reasonOf(b => b.writeUInt32BE(9, 60))).toContain('library version 9')
    expect(everyScenario(library)).toHaveLength(2)
  })
})
