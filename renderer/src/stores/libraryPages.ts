import { shallowRef, type ShallowRef } from 'vue'
import type { HostError, ScenarioQuery, ScenarioSummary } from '#shared/contract/index.ts'
import { host } from '../host/client.ts'

export const PAGE = 100

type Asked = Omit<ScenarioQuery, 'offset' | 'limit'>

/** A list that is read page by page as it comes into sight. */
export interface Pages {
  readonly total: ShallowRef<number>
  /** There are more than are counted. */
  readonly isMore: ShallowRef<boolean>
  /** Nothing has been read yet. */
  readonly isFirst: ShallowRef<boolean>
  readonly error: ShallowRef<HostError | null>
  /** Undefined: not read yet. */
  readonly rowAt: (index: number) => ScenarioSummary | undefined
  readonly indexOf: (id: string) => number
  /** Shows the rows of another question, from the top, or reads the ones in sight again. */
  readonly read: (asked: Asked, again?: boolean) => Promise<void>
  /** These rows are in sight. */
  readonly show: (first: number, last: number) => void
  /** Every row up to `most`, read where it has to be. */
  readonly all: (most: number) => Promise<readonly ScenarioSummary[]>
}

export function createPages (): Pages {
  const pages = shallowRef<ReadonlyMap<number, readonly ScenarioSummary[]>>(new Map())
  const [total, isMore, isFirst, error] = [shallowRef(0), shallowRef(false), shallowRef(true), shallowRef<HostError | null>(null)]
  let asked: Asked | null = null
  let sight: readonly [number, number] = [0, 0]
  /** Answers to an earlier question are dropped. */
  let round = 0
  const reading = new Set<number>()

  const ask = (page: number, limit = PAGE) => host.invoke('scenario.query', { ...asked!, offset: page * PAGE, limit })

  async function fill (page: number): Promise<void> {
    if (!asked || reading.has(page)) return
    reading.add(page)
    const mine = round
    const reply = await ask(page)
    if (mine !== round) return
    reading.delete(page)
    error.value = reply.ok ? null : reply.error
    if (!reply.ok) return
    total.value = reply.value.total
    isMore.value = reply.value.isMore
    isFirst.value = false
    pages.value = new Map(pages.value).set(page, reply.value.rows)
  }

  const inSight = (): number[] => {
    const [from, to] = [Math.floor(sight[0] / PAGE), Math.floor(sight[1] / PAGE)]
    return Array.from({ length: to - from + 1 }, (_, i) => from + i)
  }

  return {
    total,
    isMore,
    isFirst,
    error,
    rowAt: (index) => pages.value.get(Math.floor(index / PAGE))?.[index % PAGE],
    indexOf (id) {
      for (const [page, rows] of pages.value) {
        const found = rows.findIndex((row) => row.id === id)
        if (found >= 0) return page * PAGE + found
      }
      return -1
    },
    async read (next, again = false) {
      asked = next
      round++
      reading.clear()
      if (!again) sight = [0, 0]
      const mine = round
      // The old rows stay until the new ones are here: nothing flickers.
      const wanted = inSight()
      const replies = await Promise.all(wanted.map(async (page) => ({ page, reply: await ask(page) })))
      if (mine !== round) return
      const failed = replies.find(({ reply }) => !reply.ok)?.reply
      error.value = failed && !failed.ok ? failed.error : null
      if (failed) return
      const rows = new Map<number, readonly ScenarioSummary[]>()
      for (const { page, reply } of replies) {
        if (!reply.ok) continue
        rows.set(page, reply.value.rows)
        total.value = reply.value.total
        isMore.value = reply.value.isMore
      }
      isFirst.value = false
      pages.value = rows
      for (const page of inSight()) if (!rows.has(page)) void fill(page)
    },
    show (first, last) {
      sight = [Math.max(0, first), Math.max(first, last)]
      for (const page of inSight()) if (!pages.value.has(page) && page * PAGE < Math.max(1, total.value)) void fill(page)
    },
    async all (most) {
      const rows: ScenarioSummary[] = []
      for (let page = 0; page * PAGE < Math.min(most, total.value); page++) {
        if (!pages.value.has(page)) await fill(page)
        rows.push(...pages.value.get(page) ?? [])
      }
      return rows.slice(0, most)
    }
  }
}
