import { describe, expect, it } from 'vitest'
import { NEWEST_SCENARIOS } from '#shared/contract/index.ts'
import { draft, openTemporary, temporaryFolder } from './fixtures/temporary.ts'
import type { Library } from './index.ts'

const withBatch = (name: string, microBatch: number) => {
  const { plan, ...rest } = draft(name)
  return { ...rest, plan: { ...plan, data: { ...plan.data, microBatch } } }
}

async function edited (): Promise<{ library: Library, id: string }> {
  let clock = Date.parse('2026-11-24T10:00:00Z')
  const library = await openTemporary(temporaryFolder(), () => new Date(clock += 1000))
  const { id } = library.save(null, withBatch('run', 1), 1e9)
  library.save(id, withBatch('run', 2), 2e9)
  library.save(id, withBatch('run', 2), 2e9)
  library.rename(id, 'renamed')
  library.save(id, withBatch('renamed', 4), null)
  return { library, id }
}

describe('every saved state of a scenario', () => {
  it('is kept, newest first, equal ones once', async () => {
    const { library, id } = await edited()
    expect(library.revisions(id).map(({ number, name, needBytes }) => [number, name, needBytes])).toEqual([[4, 'renamed', null], [3, 'renamed', 2e9], [2, 'run', 2e9], [1, 'run', 1e9]])
    expect(library.openRevision(id, 1)).toEqual(withBatch('run', 1))
    expect(library.openRevision(id, 4)).toEqual(withBatch('renamed', 4))
    expect(() => library.openRevision(id, 5)).toThrow(expect.objectContaining({ code: 'not-found' }) as Error)
  })

  it('can be brought back as a new state, under the present name', async () => {
    const { library, id } = await edited()
    expect(library.revert(id, 1)).toMatchObject({ id, name: 'renamed', plan: { data: { microBatch: 1 } } })
    expect(library.revisions(id).map(({ number }) => number)).toEqual([5, 4, 3, 2, 1])
    expect(library.open(id).plan.data.microBatch).toBe(1)
    expect(library.query(NEWEST_SCENARIOS).rows[0]!.needBytes).toBe(1e9)
    library.revert(id, 4)
    expect(library.open(id).plan.data.microBatch).toBe(4)
  })

  it('goes through the trash with it, and away with it', async () => {
    const { library, id } = await edited()
    library.delete(id)
    expect(() => library.revisions(id)).toThrow(expect.objectContaining({ code: 'not-found' }) as Error)
    expect(() => library.openRevision(id, 1)).toThrow(expect.objectContaining({ code: 'not-found' }) as Error)
    library.restore(id)
    expect(library.revisions(id)).toHaveLength(4)
    expect(library.purge(null)).toBe(0)
    library.delete(id)
    expect(library.purge(null)).toBe(1)
    expect(() => library.restore(id)).toThrow(expect.objectContaining({ code: 'not-found' }) as Error)
  })
})

describe('a copy', () => {
  it('has the notes and tags, and a history of its own', async () => {
    const { library, id } = await edited()
    library.annotate(id, { tags: ['night'], notes: 'why', favourite: true })
    const copy = library.duplicate(id)
    expect(copy).toMatchObject({ name: 'renamed (2)', tags: ['night'], notes: 'why', favourite: false, plan: { data: { microBatch: 4 } } })
    expect(library.revisions(copy.id)).toHaveLength(1)
    library.save(copy.id, withBatch('renamed (2)', 8))
    expect(library.open(id).plan.data.microBatch).toBe(4)
    expect(library.query({ ...NEWEST_SCENARIOS, text: 'night why' }).total).toBe(2)
  })
})

describe('remarks', () => {
  it('change what is given, and neither the history nor the time of the last change', async () => {
    const { library, id } = await edited()
    const before = library.query(NEWEST_SCENARIOS).rows[0]!
    expect(library.annotate(id, { notes: '备注' })).toEqual({ ...before, hasNotes: true })
    expect(library.annotate(id, { favourite: true })).toMatchObject({ hasNotes: true, favourite: true })
    expect(library.annotate(id, { tags: ['b', 'a', 'b'] })).toMatchObject({ tags: ['b', 'a'], hasNotes: true })
    expect(library.annotate(id, { notes: '', tags: [] })).toMatchObject({ tags: [], hasNotes: false, favourite: true })
    expect(library.revisions(id)).toHaveLength(4)
    library.save(id, withBatch('renamed', 16))
    expect(library.open(id).favourite).toBe(true)
  })
})
