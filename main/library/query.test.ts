import { describe, expect, it } from 'vitest'
import { NEWEST_SCENARIOS, type ScenarioQuery } from '#shared/contract/index.ts'
import { defaultMethod, defaultPlan, withAlgorithm } from '#shared/plan/index.ts'
import { loadDriver } from './driver.ts'
import { draft, everyScenario, openTemporary, temporaryFolder } from './fixtures/temporary.ts'
import { libraryFile, type Library } from './index.ts'
import { openDatabase } from './open.ts'
import { queryScenarios } from './query.ts'
import { saveScenario } from './scenarios.ts'

const names = (library: Library, query: Partial<ScenarioQuery>): string[] => library.query({ ...NEWEST_SCENARIOS, sort: 'name', descending: false, ...query }).rows.map(({ name }) => name)
const found = (library: Library, text: string): string[] => names(library, { text })

async function filled (): Promise<Library> {
  let clock = Date.parse('2026-11-01T00:00:00Z')
  const library = await openTemporary(temporaryFolder(), () => new Date(clock += 3_600_000))
  const add = (name: string, model: string, tags: string[], notes: string, need: number | null, algorithm: 'sft' | 'grpo' = 'sft') => {
    const plan = withAlgorithm({ ...defaultPlan(model), method: defaultMethod('qlora', model) }, algorithm)
    const { id } = library.save(null, { ...draft(name), plan }, need)
    return library.annotate(id, { tags, notes, favourite: name.startsWith('Äpfel') })
  }
  add('客服对话 v1', 'Qwen/Qwen2.5-7B', ['生产', 'a"b'], '长上下文，第二轮', 20e9)
  add('Äpfel 100%', 'meta-llama/Llama-3.1-8B', ['b'], 'she said "no" OR maybe', 40e9)
  add('snake_case x', 'meta-llama/Llama-3.1-8B', [], '', null, 'grpo')
  add("Robert'); DROP TABLE scenarios;--", 'Qwen/Qwen2.5-7B', ['b', '生产'], 'NEAR(a b) name: *', 10e9)
  return library
}

describe('a search', () => {
  it('finds parts of words in names, notes, tags, models, methods and algorithms', async () => {
    const library = await filled()
    expect(found(library, 'client')).toEqual([])
    expect(found(library, 'Snake')).toEqual(['snake_case x'])
    expect(found(library, 'maybe')).toEqual(['Äpfel 100%'])
    expect(found(library, 'llama-3')).toEqual(['snake_case x', 'Äpfel 100%'])
    expect(found(library, 'qlora')).toHaveLength(4)
    expect(found(library, 'grpo')).toEqual(['snake_case x'])
    expect(found(library, '  llama   case ')).toEqual(['snake_case x'])
    expect(found(library, 'llama 客服')).toEqual([])
    expect(found(library, 'äPFEL')).toEqual(['Äpfel 100%'])
  })

  it('finds Chinese, and words of one and two characters wherever they stand', async () => {
    const library = await filled()
    for (const text of ['客服对话', '服对', '话', '长上下文', '上下', '轮', '第二轮', '生产 对话', 'v1', '1 话']) expect([text, found(library, text)]).toEqual([text, ['客服对话 v1']])
    expect(found(library, '生产')).toHaveLength(2)
    expect(found(library, 'x')).toEqual(['snake_case x'])
    expect(found(library, 'se')).toEqual(['snake_case x'])
    expect(found(library, '上文')).toEqual([])
  })

  it('takes nothing that is typed for an operator', async () => {
    const library = await filled()
    expect(found(library, '"')).toEqual(['Äpfel 100%', '客服对话 v1'])
    expect(found(library, '"no"')).toEqual(['Äpfel 100%'])
    expect(found(library, '%')).toEqual(['Äpfel 100%'])
    expect(found(library, '0%')).toEqual(['Äpfel 100%'])
    expect(found(library, '_')).toEqual(['snake_case x'])
    expect(found(library, 'e_c')).toEqual(['snake_case x'])
    expect(found(library, 'OR')).toEqual(expect.arrayContaining(['Äpfel 100%']))
    expect(found(library, 'llama OR qwen')).toEqual([])
    expect(found(library, 'NOT llama')).toEqual([])
    expect(found(library, 'NEAR(a')).toEqual(["Robert'); DROP TABLE scenarios;--"])
    expect(found(library, "');")).toEqual(["Robert'); DROP TABLE scenarios;--"])
    expect(found(library, 'name: *')).toEqual(["Robert'); DROP TABLE scenarios;--"])
    expect(found(library, ',')).toEqual([])
    for (const text of ['\0', '"""', '*', '^', '()', '{a', '-', '\\', "''", '\uD800', '😀', 'a\u0000bc', '"a" AND', ']', '["']) expect(() => found(library, text)).not.toThrow()
    expect(found(library, '\0')).toHaveLength(4)
    expect(found(library, 'a"b')).toEqual(['客服对话 v1'])
  })

  it('follows every change, the trash and what is purged', async () => {
    const library = await filled()
    const { id } = library.query({ ...NEWEST_SCENARIOS, text: 'snake' }).rows[0]!
    library.rename(id, '改名了')
    expect([found(library, 'snake'), found(library, '改名')]).toEqual([[], ['改名了']])
    library.annotate(id, { tags: ['夜间', '夜间'], notes: 'x' })
    expect(names(library, { filter: { trash: false, tags: ['夜间'] } })).toEqual(['改名了'])
    library.delete(id)
    expect(found(library, '夜间')).toEqual([])
    expect(names(library, { text: '夜间', filter: { trash: true } })).toEqual(['改名了'])
    expect(library.facets().tags.map(({ value }) => value)).not.toContain('夜间')
    library.restore(id)
    expect(library.facets().tags).toContainEqual({ value: '夜间', count: 1 })
    library.delete(id)
    expect(library.purge([id, id, crypto.randomUUID()])).toBe(1)
    expect(names(library, { text: '夜间', filter: { trash: true } })).toEqual([])
    expect(library.facets().all).toBe(3)
  })
})

describe('filters and orders', () => {
  it('narrow a list down, all at once', async () => {
    const library = await filled()
    const by = (filter: Partial<ScenarioQuery['filter']>): string[] => names(library, { filter: { trash: false, ...filter } })
    expect(by({ algorithms: ['grpo', 'ppo'] })).toEqual(['snake_case x'])
    expect(by({ families: ['Qwen2.5'] })).toHaveLength(2)
    expect(by({ methods: ['qlora'], families: ['Llama 3'], favourite: true })).toEqual(['Äpfel 100%'])
    expect(by({ needAtMost: 20e9 })).toEqual(["Robert'); DROP TABLE scenarios;--", '客服对话 v1'])
    expect(by({ tags: ['b'] })).toEqual(["Robert'); DROP TABLE scenarios;--", 'Äpfel 100%'])
    expect(by({ tags: ['b', '生产'] })).toEqual(["Robert'); DROP TABLE scenarios;--"])
    expect(by({ updatedSince: '2026-11-01T05:00:00.000Z' })).toEqual(["Robert'); DROP TABLE scenarios;--"])
    expect(by({ algorithms: [], favourite: false })).toHaveLength(3)
  })

  it('put what has no estimate last, whichever way', async () => {
    const library = await filled()
    const needs = (descending: boolean) => library.query({ ...NEWEST_SCENARIOS, sort: 'need', descending }).rows.map(({ needBytes }) => needBytes)
    expect(needs(false)).toEqual([10e9, 20e9, 40e9, null])
    expect(needs(true)).toEqual([40e9, 20e9, 10e9, null])
  })

  it('count what there is', async () => {
    const library = await filled()
    expect(library.facets()).toEqual({
      all: 4, trash: 0, favourites: 1,
      tags: [{ value: 'b', count: 2 }, { value: '生产', count: 2 }, { value: 'a"b', count: 1 }],
      algorithms: [{ value: 'sft', count: 3 }, { value: 'grpo', count: 1 }],
      methods: [{ value: 'qlora', count: 4 }],
      families: [{ value: 'Llama 3', count: 2 }, { value: 'Qwen2.5', count: 2 }]
    })
  })
})

describe('many scenarios', () => {
  /** 12,000 rows: more than are counted, so that pages are met along the order. */
  async function many (): Promise<ReturnType<typeof openDatabase>> {
    const db = openDatabase(await loadDriver(), libraryFile(temporaryFolder()), new Date())
    saveScenario(db, null, draft('only one'), new Date('2026-01-01'), 1)
    const insert = db.prepare("INSERT INTO scenarios (id, name, plan_version, model, algorithm, method, need_bytes, need_pending, created_at, updated_at) VALUES (?, ?, 1, 'm', 'sft', 'lora', ?, 0, ?, ?)")
    db.transaction(() => {
      for (let n = 0; n < 12_000; n++) insert.run(crypto.randomUUID(), `${n < 10_500 ? 'common' : 'rare'} ÄRA ${String(n).padStart(5, '0')}`, n * 7919 % 12_000, '2026-01-01', new Date(1.7e12 + n * 1000).toISOString())
    })()
    return db
  }
  const ask = (db: ReturnType<typeof openDatabase>, query: Partial<ScenarioQuery>) => queryScenarios(db, { ...NEWEST_SCENARIOS, limit: 5, ...query })
  const ends = (page: ReturnType<typeof ask>): string[] => page.rows.map(({ name }) => name.slice(-5))

  it('are paged in their order, whatever is looked for', async () => {
    const db = await many()
    expect(ask(db, {})).toMatchObject({ total: 10_000, isMore: true })
    expect(ends(ask(db, { sort: 'name', descending: false, text: 'common', offset: 10 }))).toEqual(['00010', '00011', '00012', '00013', '00014'])
    // The newest 1,500 do not match: the page is picked out of the matches.
    expect(ends(ask(db, { text: 'common' }))).toEqual(['10499', '10498', '10497', '10496', '10495'])
    expect(ends(ask(db, { text: 'co' }))).toEqual(['10499', '10498', '10497', '10496', '10495'])
    expect(ends(ask(db, { text: 'ära 119' }))).toEqual(['11999', '11998', '11997', '11996', '11995'])
    expect(ends(ask(db, { text: 'ära', descending: false, sort: 'name' }))).toEqual(['00000', '00001', '00002', '00003', '00004'])
    expect(ask(db, { text: 'rare' })).toMatchObject({ total: 1500, isMore: false })
    expect(ends(ask(db, { text: 'rare', offset: 1498 }))).toEqual(['10501', '10500'])
    expect(ask(db, { text: 'rare', offset: 1500 })).toMatchObject({ rows: [], total: 1500 })
    expect(ask(db, { sort: 'need', descending: false, limit: 1 }).rows[0]!.needBytes).toBe(0)
    db.close()
  })

  it('come each once, page after page', async () => {
    const library = await openTemporary(temporaryFolder())
    for (let n = 0; n < 405; n++) library.save(null, draft(`s${n}`), n % 3 * 1e9)
    expect(new Set(everyScenario(library).map(({ id }) => id)).size).toBe(405)
    for (const sort of ['updated', 'created', 'name', 'need'] as const) {
      const pages = [0, 200, 400].flatMap(offset => library.query({ ...NEWEST_SCENARIOS, sort, offset }).rows)
      expect([sort, pages.length, new Set(pages.map(({ id }) => id)).size]).toEqual([sort, 405, 405])
    }
  })
})
