import { defineStore } from 'pinia'
import { shallowRef } from 'vue'
import { MONITOR_LEASE_MS, type HostError, type MachineRef, type MonitorState, type Sample } from '#shared/contract/index.ts'
import { host } from '../host/client.ts'

/** What is known of a machine's live readings. */
export interface Watched {
  /** Null until the sampler has said something. */
  readonly state: MonitorState | null
  /** Oldest first. */
  readonly samples: readonly Sample[]
  /** The host of Headroom does not answer. */
  readonly error: HostError | null
}

const UNWATCHED: Watched = { state: null, samples: [], error: null }
/** Well within the lease, so that one lost renewal does no harm. */
const RENEW_MS = MONITOR_LEASE_MS / 3
/** Older readings are let go, as the host does. */
const REMEMBER_MS = 60 * 60 * 1000

interface Lease {
  readonly intervalMs: number
  readonly timer: ReturnType<typeof setInterval>
  renewedAt: number
}

const timeOf = (sample: Sample): number => Date.parse(sample.at)

/** The host's memory, and what came since. */
function joined (history: readonly Sample[], own: readonly Sample[]): readonly Sample[] {
  const last = history.at(-1)
  return last ? [...history, ...own.filter((sample) => timeOf(sample) > timeOf(last))] : own
}

/** Live readings by machine, shared by everything in the window that looks; each looker has a lease that it renews. */
export const useMonitorStore = defineStore('monitor', () => {
  const watched = shallowRef<ReadonlyMap<MachineRef, Watched>>(new Map())
  const leases = new Map<string, Lease>()
  const listeners = new Set<(machine: MachineRef, sample: Sample) => void>()
  let subscribed = false

  const of = (machine: MachineRef): Watched => watched.value.get(machine) ?? UNWATCHED

  function note (machine: MachineRef, change: Partial<Watched>): void {
    watched.value = new Map(watched.value).set(machine, { ...of(machine), ...change })
  }

  function take (machine: MachineRef, sample: Sample): void {
    const from = timeOf(sample) - REMEMBER_MS
    const { samples } = of(machine)
    const kept = samples.length > 0 && timeOf(samples[0]!) < from ? samples.filter((one) => timeOf(one) >= from) : samples
    note(machine, { samples: [...kept, sample] })
    for (const listener of listeners) listener(machine, sample)
    // Timers of a hidden window are slowed down, arriving readings are not.
    for (const [key, lease] of leases) if (machineOf(key) === machine && performance.now() - lease.renewedAt > RENEW_MS) void renew(key, false)
  }

  function subscribe (): void {
    if (subscribed) return
    subscribed = true
    host.subscribe('monitor.sample', ({ machine, sample }) => {
      if (watched.value.has(machine)) take(machine, sample)
    })
    host.subscribe('monitor.state', (state) => {
      if (watched.value.has(state.machine)) note(state.machine, { state })
    })
  }

  const keyOf = (machine: MachineRef, watcher: string) => `${watcher} ${machine}`
  const watcherOf = (key: string): string => key.slice(0, key.indexOf(' '))
  const machineOf = (key: string): MachineRef => key.slice(key.indexOf(' ') + 1) as MachineRef

  async function renew (key: string, history: boolean): Promise<void> {
    const lease = leases.get(key)
    if (!lease) return
    lease.renewedAt = performance.now()
    const machine = machineOf(key)
    const hadError = of(machine).error !== null
    const heard = of(machine).state
    const reply = await host.invoke('monitor.watch', { machine, intervalMs: lease.intervalMs, watcher: watcherOf(key), history: history || hadError })
    if (!reply.ok) note(machine, { error: reply.error })
    // A state that arrived by itself meanwhile is newer than the one in the answer.
    else note(machine, { error: null, state: of(machine).state === heard ? reply.value.state : of(machine).state, samples: joined(reply.value.history, of(machine).samples) })
  }

  /** Looks, or goes on looking with another interval. `watcher` names who looks, without spaces. */
  function watch (machine: MachineRef, watcher: string, intervalMs: number): void {
    subscribe()
    const key = keyOf(machine, watcher)
    const known = leases.get(key)
    if (known?.intervalMs === intervalMs) return
    clearInterval(known?.timer)
    if (!watched.value.has(machine)) note(machine, {})
    leases.set(key, { intervalMs, timer: setInterval(() => void renew(key, false), RENEW_MS), renewedAt: performance.now() })
    void renew(key, known === undefined)
  }

  function leave (machine: MachineRef, watcher: string): void {
    const key = keyOf(machine, watcher)
    const lease = leases.get(key)
    if (!lease) return
    clearInterval(lease.timer)
    leases.delete(key)
    void host.invoke('monitor.leave', { machine, watcher })
  }

  /** Calls back on every reading until the returned function is called. */
  function onSample (listener: (machine: MachineRef, sample: Sample) => void): () => void {
    listeners.add(listener)
    return () => listeners.delete(listener)
  }

  return { watched, of, watch, leave, onSample }
})
