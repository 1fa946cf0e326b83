import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { defaultPlan, serializePlan } from '#shared/plan/index.ts'
import { draft } from '#main/library/fixtures/temporary.ts'
import { openLibrary } from '#main/library/index.ts'
import { bin, headroom, type Ended } from './fixtures/headroom.ts'
import { execFileSync } from 'node:child_process'

let folder: string
beforeEach(() => { folder = mkdtempSync(path.join(tmpdir(), 'headroom-cli-')) })
afterEach(() => { rmSync(folder, { recursive: true, force: true }) })

const data = (name: string): string => path.join(folder, name)
const run = (library: string, ...args: string[]): Promise<Ended> => headroom(args, { env: { HEADROOM_DATA: data(library) } })
const file = (name: string, content: string | Buffer): string => {
  writeFileSync(data(name), content)
  return data(name)
}

/** A library with three scenarios, one of them annotated. */
async function filled (name: string): Promise<void> {
  const library = await openLibrary(data(name))
  const { id } = library.save(null, draft('客服 7B', 'Qwen/Qwen2.5-7B'), 20 * 2 ** 30)
  library.annotate(id, { tags: ['生产'], notes: '第二轮', favourite: true })
  library.save(null, draft('night run'), null)
  library.save(null, draft('day run'), null)
  library.close()
}

describe('headroom list', () => {
  it('shows what is saved, searched and as JSON', async () => {
    await filled('a')
    const all = await run('a', 'list')
    expect([all.code, all.err, all.out.trim().split('\n').length]).toEqual([0, '', 4])
    expect(all.out).toMatch(/★ 客服 7B +Qwen\/Qwen2\.5-7B +sft +lora +20\.00 GiB +生产/)
    expect((await run('a', 'list', '客服')).out.trim().split('\n')).toHaveLength(2)
    expect(JSON.parse((await run('a', 'list', 'run', '--json', '--limit', '1')).out)).toMatchObject([{ name: 'day run' }])
    expect((await run('a', 'list', 'run', '--limit', '1', '--lang', 'zh')).out).toContain('另有 1 个')
    expect((await run('a', 'list', 'nothing such')).err).toContain('No scenario matches “nothing such”')
    expect((await run('empty', 'list')).err).toContain('The library is empty')
  })
})

describe('headroom export and import', () => {
  it('carry scenarios from one library to another, and add nothing twice', async () => {
    await filled('a')
    const exported = await run('a', 'export', '--all')
    expect(exported.code).toBe(0)
    const preview = await run('b', 'import', file('all.json', exported.out), '--preview')
    expect([preview.code, preview.out]).toEqual([0, expect.stringContaining('Would add 3; there already: 0; refused: 0. Nothing was changed.')])
    expect((await run('b', 'list')).err).toContain('empty')
    expect((await run('b', 'import', data('all.json'))).out).toContain('Added 3; there already: 0')
    expect((await run('b', 'import', data('all.json'))).out).toContain('Added 0; there already: 3')
    const again = await run('b', 'export', '客服 7b')
    const [original] = (JSON.parse((await run('a', 'export', '客服 7B')).out) as { scenarios: object[] }).scenarios
    const [copy] = (JSON.parse(again.out) as { scenarios: object[] }).scenarios
    expect({ ...copy, updatedAt: '' }).toEqual({ ...original, updatedAt: '' })
    expect(copy).toMatchObject({ name: '客服 7B', tags: ['生产'], notes: '第二轮', favourite: true })
  })

  it('take a plan, and a bad scenario among good ones', async () => {
    expect((await run('a', 'import', file('plan.json', serializePlan(defaultPlan())))).out).toContain('Added 1')
    const scenario = { ...draft('good'), plan: defaultPlan() }
    const mixed = JSON.stringify({ type: 'headroom/scenarios', version: 1, scenarios: [scenario, { ...scenario, name: 'bad', plan: { ...scenario.plan, version: 99 } }, { ...scenario, name: 'worse', target: 1 }] })
    const { code, out } = await run('a', 'import', file('mixed.json', mixed))
    expect(code).toBe(2)
    expect(out).toMatch(/new +good/)
    expect(out).toMatch(/refused +bad +.*newer/)
    expect(out).toMatch(/refused +worse +The field “target”/)
    expect((await headroom(['list'], { env: { HEADROOM_DATA: data('a') } })).out.trim().split('\n')).toHaveLength(3)
  })

  it('copy a whole library, and read it back', async () => {
    await filled('a')
    const target = data('copy.db')
    // The bytes of a pipe, not text.
    execFileSync('/bin/sh', ['-c', '"$0" "$1" export --library > "$2"', process.execPath, bin, target], { env: { PATH: process.env['PATH'], HEADROOM_DATA: data('a') } })
    expect(readFileSync(target).toString('latin1', 0, 15)).toBe('SQLite format 3')
    expect((await run('b', 'import', target)).out).toContain('Added 3')
    const damaged = readFileSync(target)
    damaged.fill(0xA5, 8192, damaged.length - 4096)
    const refused = await run('b', 'import', file('damaged.db', damaged), '--lang', 'zh')
    expect([refused.code, refused.out]).toEqual([2, expect.stringContaining('库文件已损坏')])
  })

  it('explain what they refuse', async () => {
    await filled('a')
    for (const [content, reason] of [['{"type": ', 'not JSON, or was cut off'], ['{"a": 1}', 'neither scenarios of Headroom nor a plan'], ['{"type":"headroom/scenarios","version":7,"scenarios":[]}', 'newer Headroom (version 7'], ['{"type":"headroom/scenarios","version":1}', 'list of scenarios is missing']] as const) {
      const { code, out } = await run('a', 'import', file('odd.json', content))
      expect([code, out]).toEqual([2, expect.stringContaining(reason)])
    }
    expect(await run('a', 'import', data('missing.json'))).toMatchObject({ code: 2, err: expect.stringContaining('there is no such file') })
    expect(await run('a', 'import', folder)).toMatchObject({ code: 2, err: expect.stringContaining('is a folder') })
    expect(await run('a', 'export')).toMatchObject({ code: 2, err: expect.stringContaining('--all or --library') })
    expect(await run('a', 'export', 'nigth run')).toMatchObject({ code: 2, err: expect.stringContaining('did you mean “night run”') })
    const open = await openLibrary(data('a'))
    expect(await run('a', 'list')).toMatchObject({ code: 2, err: expect.stringContaining(`process ${process.pid}`) })
    open.close()
  })
})
