import { describe, expect, test } from 'vitest'
import type { Revision, ScenarioDraft } from '#shared/contract/index.ts'
import { bytes } from '#shared/units/index.ts'
import { defaultPlan } from '#shared/plan/index.ts'
import { i18n, type Translate } from '../../i18n/index.ts'
import { setAt } from '../../stores/immutable.ts'
import { isNarrowed, NO_FILTER, queryOf, roomOf } from '../../stores/libraryFilter.ts'
import { revisionChanges } from './revisionChanges.ts'
import { groupRevisions } from './revisionGroups.ts'

const t: Translate = (key, values) => i18n.global.t(key, values ?? {})
const draft: ScenarioDraft = { name: 'One', plan: defaultPlan(), target: { sources: [{ kind: 'machine', machine: 'local', devices: null }], memory: 'free', reserve: 0.3 } }
const told = (after: ScenarioDraft): string[] =>
  revisionChanges(draft, after, { t, locale: 'en', machineName: () => null }).map(({ label, from, to }) => `${label}: ${from} → ${to}`)

describe('the difference of two versions', () => {
  test('is nothing where nothing differs', () => {
    expect(told(draft)).toEqual([])
  })

  test('is told in the words of the form', () => {
    const plan = setAt(setAt(draft.plan, 'data.sequenceLength', 4096), 'runtime.loss', 'trl-chunked')
    const before = draft.plan
    expect(told({ ...draft, name: 'Two', plan })).toEqual([
      'Name: One → Two',
      `Sequence: ${before.data.sequenceLength.toLocaleString('en')} → 4,096`,
      expect.stringMatching(/^Loss: .+ → TRL chunked$/)
    ])
  })

  test('tells of the model by its name, and of the target', () => {
    const plan = setAt(draft.plan, 'model', { id: 'Qwen/Qwen2.5-7B' })
    const lines = told({ ...draft, plan, target: { sources: [{ kind: 'catalog', gpuId: 'rtx-4090' }], memory: 'total', reserve: 0.1 } })
    expect(lines).toContain('Target: This machine → NVIDIA GeForce RTX 4090')
    expect(lines).toContain('Memory counted: Free now → All of the card')
    expect(lines).toContain('Reserve: 30% → 10%')
    expect(lines.filter((line) => line.startsWith('Model:'))).toHaveLength(1)
    expect(lines.find((line) => line.startsWith('Model:'))).toMatch(/→ Qwen2\.5[ -]7B$/)
  })
})

describe('versions of one sitting', () => {
  const at = (number: number, minute: number, name = 'A'): Revision => ({ number, name, savedAt: new Date(Date.UTC(2026, 10, 24, 10, minute)).toISOString(), needBytes: null })

  test('are one entry; a pause, a new name and the first version part them', () => {
    const groups = groupRevisions([at(7, 50, 'B'), at(6, 49), at(5, 45), at(4, 40), at(3, 20), at(2, 15), at(1, 14)])
    expect(groups.map(({ newest, steps, before }) => [newest.number, steps, before])).toEqual([[7, 1, 6], [6, 3, 3], [3, 2, 1], [1, 1, null]])
  })
})

describe('what is asked of the library', () => {
  const device = (capacity: number, free: number) => ({ id: 'a', name: 'A', capacity: bytes(capacity), free: bytes(free), origin: 'catalog' as const, computeCapability: null })

  test('the room is that of the roomiest card, with the reserve kept', () => {
    expect(roomOf({ devices: [device(100, 100), device(200, 120)], reserve: 0.3 })).toBe(70)
    expect(roomOf({ devices: [], reserve: 0.3 })).toBeNull()
  })

  test('only what was chosen narrows', () => {
    expect(queryOf(NO_FILTER, { by: 'updated', descending: true }, 10, 0)).toEqual({ text: '', sort: 'updated', descending: true, filter: { trash: false } })
    const chosen = { ...NO_FILTER, text: ' 长文 ', place: 'favourites' as const, tags: ['x'], fits: true, since: 'day' as const }
    expect(queryOf(chosen, { by: 'name', descending: false }, 10, 86_400_000)).toEqual({
      text: '长文', sort: 'name', descending: false, filter: { trash: false, favourite: true, tags: ['x'], needAtMost: 10, updatedSince: '1970-01-01T00:00:00.000Z' }
    })
    expect([isNarrowed(NO_FILTER), isNarrowed({ ...NO_FILTER, place: 'trash' }), isNarrowed(chosen)]).toEqual([false, false, true])
  })
})
