import { shallowRef } from 'vue'
import type { HostError, Scenario } from '#shared/contract/index.ts'
import { host } from '../host/client.ts'
import { sameJson } from './immutable.ts'

/** What is known of a saved scenario. One that is gone keeps what was last read of it. */
export interface Reading {
  readonly state: 'reading' | 'read' | 'gone' | 'failed'
  readonly scenario: Scenario | null
  readonly error: HostError | null
}

interface ScenarioReader {
  readonly of: (id: string) => Reading
  readonly read: (ids: readonly string[]) => Promise<void>
  /** Takes it out of the trash. Null when it is back, else why not. */
  readonly restore: (id: string) => Promise<HostError | null>
  /** Reads these again whenever the library changes. */
  readonly watch: (ids: () => readonly string[]) => () => void
}

const UNREAD: Reading = { state: 'reading', scenario: null, error: null }

/** Scenarios of the library by id, as last read. */
export function createScenarioReader (): ScenarioReader {
  const readings = shallowRef<ReadonlyMap<string, Reading>>(new Map())
  const of = (id: string): Reading => readings.value.get(id) ?? UNREAD

  async function readOne (id: string): Promise<void> {
    const reply = await host.invoke('scenario.open', { id })
    const before = of(id).scenario
    const next: Reading = reply.ok
      // Estimates are kept by plan: an equal one stays the same.
      ? { state: 'read', scenario: before && sameJson(before.plan, reply.value.plan) ? { ...reply.value, plan: before.plan } : reply.value, error: null }
      : { state: reply.error.code === 'not-found' ? 'gone' : 'failed', scenario: before, error: reply.error }
    readings.value = new Map(readings.value).set(id, next)
  }

  async function read (ids: readonly string[]): Promise<void> {
    await Promise.all(ids.map(readOne))
  }

  return {
    of,
    read,
    async restore (id) {
      const reply = await host.invoke('scenario.restore', { id })
      if (!reply.ok) return reply.error
      await readOne(id)
      return null
    },
    watch: (ids) => host.subscribe('library.changed', () => void read(ids()))
  }
}
