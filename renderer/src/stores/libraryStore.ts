import { defineStore } from 'pinia'
import { computed, shallowRef, watch } from 'vue'
import type { ScenarioFacets, ScenarioSummary } from '#shared/contract/index.ts'
import { host } from '../host/client.ts'
import { NO_FILTER, queryOf, roomOf, type LibraryFilter, type LibrarySort } from './libraryFilter.ts'
import { createPages } from './libraryPages.ts'
import { useTargetStore } from './targetStore.ts'

/** Changes of the library closer together than this are looked at once. */
const SETTLE_MS = 120
/** As many as one export or purge takes. */
const MOST_SELECTED = 10_000

const NO_FACETS: ScenarioFacets = { all: 0, trash: 0, favourites: 0, tags: [], algorithms: [], methods: [], families: [] }

/** The library view: what is asked for, the rows of it, the cursor and the selection. */
export const useLibraryStore = defineStore('library', () => {
  const targets = useTargetStore()
  const filter = shallowRef<LibraryFilter>(NO_FILTER)
  const sort = shallowRef<LibrarySort>({ by: 'updated', descending: true })
  const facets = shallowRef<ScenarioFacets>(NO_FACETS)
  const pages = createPages()
  /** The row that the keys move, whose details are shown: by its id, and where it stood. */
  const cursor = shallowRef<ScenarioSummary | null>(null)
  const cursorIndex = shallowRef(-1)
  const selected = shallowRef<ReadonlyMap<string, ScenarioSummary>>(new Map())
  /** Counts the wishes to search. */
  const searches = shallowRef(0)
  /** Where a range began. */
  let anchor = -1

  const room = computed(() => roomOf(targets.target))
  const asked = computed(() => queryOf(filter.value, sort.value, room.value, Math.floor(Date.now() / 60_000) * 60_000))

  /** What the actions are about: the selection, or else the row of the cursor. */
  const chosen = computed<readonly ScenarioSummary[]>(() => selected.value.size > 0 ? [...selected.value.values()] : cursor.value ? [cursor.value] : [])

  async function readFacets (): Promise<void> {
    const reply = await host.invoke('scenario.facets', {})
    if (reply.ok) facets.value = reply.value
  }

  /** Keeps cursor and selection on rows that are still there, as they are now. */
  function follow (): void {
    if (cursor.value) {
      const index = pages.indexOf(cursor.value.id)
      const row = index >= 0 ? pages.rowAt(index) : pages.rowAt(Math.min(cursorIndex.value, pages.total.value - 1))
      cursor.value = row ?? null
      cursorIndex.value = row ? pages.indexOf(row.id) : -1
    }
    if (selected.value.size === 0) return
    selected.value = new Map([...selected.value].map(([id, before]) => [id, pages.rowAt(pages.indexOf(id)) ?? before]))
  }

  async function reload (): Promise<void> {
    await Promise.all([pages.read(asked.value, true), readFacets()])
    follow()
  }

  /** Reads for the first time, and again whenever the question changes. Returns what ends it. */
  function start (): () => void {
    let timer: ReturnType<typeof setTimeout> | undefined
    void reload()
    const unwatch = watch(() => JSON.stringify(asked.value), async () => {
      selected.value = new Map()
      await pages.read(asked.value)
      follow()
    })
    const unsubscribe = host.subscribe('library.changed', () => {
      clearTimeout(timer)
      timer = setTimeout(() => void reload(), SETTLE_MS)
    })
    return () => {
      clearTimeout(timer)
      unwatch()
      unsubscribe()
    }
  }

  const narrow = (change: Partial<LibraryFilter>): void => { filter.value = { ...filter.value, ...change } }

  function sortBy (by: LibrarySort['by']): void {
    sort.value = sort.value.by === by ? { by, descending: !sort.value.descending } : { by, descending: by !== 'name' }
  }

  function moveTo (index: number, extend = false): void {
    const at = Math.max(0, Math.min(index, pages.total.value - 1))
    const row = pages.rowAt(at)
    if (!row) return
    if (extend) {
      if (anchor < 0) anchor = Math.max(0, cursorIndex.value)
      const [from, to] = [Math.min(anchor, at), Math.max(anchor, at)]
      const range: ScenarioSummary[] = []
      for (let i = from; i <= to; i++) {
        const one = pages.rowAt(i)
        if (one) range.push(one)
      }
      selected.value = new Map(range.map((one) => [one.id, one]))
    } else {
      anchor = at
    }
    cursor.value = row
    cursorIndex.value = at
  }

  function toggle (row: ScenarioSummary): void {
    const next = new Map(selected.value)
    if (!next.delete(row.id)) next.set(row.id, row)
    selected.value = next
    anchor = pages.indexOf(row.id)
  }

  async function selectAll (): Promise<void> {
    selected.value = new Map((await pages.all(MOST_SELECTED)).map((row) => [row.id, row]))
  }

  const focusSearch = (): void => { searches.value++ }
  const clearSelection = (): void => { selected.value = new Map() }

  function close (): void {
    cursor.value = null
    cursorIndex.value = -1
  }

  return {
    filter, sort, facets, room, total: pages.total, isMore: pages.isMore, isFirst: pages.isFirst, error: pages.error, rowAt: pages.rowAt, show: pages.show,
    cursor, cursorIndex, selected, chosen, start, reload, narrow, sortBy, moveTo, toggle, selectAll, clearSelection, close, searches, focusSearch
  }
})
