import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, it, vi } from 'vitest'
import { NEWEST_SCENARIOS } from '#shared/contract/index.ts'
import { draft } from '#main/library/fixtures/temporary.ts'
import { createEvents } from './events.ts'
import { libraryDoor } from './libraryDoor.ts'
import { keepUp } from './libraryUpkeep.ts'

it('estimates what was saved without an estimate, tells of it once, and backs up once a day', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'headroom-upkeep-'))
  const library = libraryDoor(folder)
  const events = createEvents()
  const heard: string[] = []
  try {
    await library.use(open => { for (const name of ['a', 'b']) open.save(null, draft(name)) })
    await library.use(open => open.save(null, draft('known'), 5e9))
    await library.use(open => open.save(null, draft('cannot be told'), null))
    vi.useFakeTimers()
    events.subscribe(name => { heard.push(name) })
    const end = keepUp(library, events)
    await vi.advanceTimersByTimeAsync(10_000)
    const { rows } = await library.use(open => open.query({ ...NEWEST_SCENARIOS, sort: 'name', descending: false }))
    expect(rows.map(({ needBytes }) => needBytes)).toEqual([expect.any(Number), expect.any(Number), null, 5e9])
    expect(rows[0]!.needBytes).toBe(rows[1]!.needBytes)
    expect((await library.use(open => open.revisions(rows[0]!.id)))[0]!.needBytes).toBe(rows[0]!.needBytes)
    expect(heard).toEqual(['library.changed'])
    await vi.advanceTimersByTimeAsync(3 * 60 * 60 * 1000)
    expect(await library.use(open => open.state().backups)).toHaveLength(1)
    end()
  } finally {
    vi.useRealTimers()
    library.close()
    rmSync(folder, { recursive: true, force: true })
  }
})
