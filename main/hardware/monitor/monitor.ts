import { MONITOR_LEASE_MS, type EventPayload, type MachineRef, type MethodInput, type MethodOutput } from '#shared/contract/index.ts'
import { createSampler, type Sampler, type SamplerOptions } from './sampler.ts'

export interface MonitorOptions {
  /** How a machine is looked at and sampled. */
  readonly reach: (machine: MachineRef) => Pick<SamplerOptions, 'look' | 'open'>
  readonly onSample: (event: EventPayload<'monitor.sample'>) => void
  readonly onState: (event: EventPayload<'monitor.state'>) => void
  readonly timing?: SamplerOptions['timing']
  readonly leaseMs?: number
}

export interface Monitor {
  readonly watch: (input: MethodInput<'monitor.watch'>) => MethodOutput<'monitor.watch'>
  readonly leave: (input: MethodInput<'monitor.leave'>) => void
  /** Starts every sampler anew: after the computer slept, pipes and connections may be dead. */
  readonly restart: () => void
  readonly close: () => void
}

interface Watched {
  readonly sampler: Sampler
  readonly watchers: Map<string, { intervalMs: number, until: number }>
  intervalMs: number
}

/**
 * One sampler per machine, however many views look at it: as often as the most demanding of them wants, for as long as one of
 * them says so again within the lease.
 */
export function createMonitor ({ reach, onSample, onState, timing, leaseMs = MONITOR_LEASE_MS }: MonitorOptions): Monitor {
  const machines = new Map<MachineRef, Watched>()
  let expiry: NodeJS.Timeout | null = null

  const watchedOf = (machine: MachineRef): Watched => {
    const known = machines.get(machine)
    if (known) return known
    const sampler = createSampler({ machine, ...reach(machine), onState, onSample: (sample) => { onSample({ machine, sample }) }, ...timing === undefined ? {} : { timing } })
    const made: Watched = { sampler, watchers: new Map(), intervalMs: 0 }
    machines.set(machine, made)
    return made
  }
  /** Adjusts a sampler to those who look at it now. */
  const settle = (watched: Watched): void => {
    const { sampler, watchers } = watched
    if (watchers.size === 0) return sampler.stop()
    const intervalMs = Math.min(...[...watchers.values()].map((watcher) => watcher.intervalMs))
    const { state } = sampler.state()
    if (state !== 'stopped' && (state === 'failed' || intervalMs === watched.intervalMs)) return
    watched.intervalMs = intervalMs
    sampler.start(intervalMs)
  }
  const expire = (): void => {
    const now = performance.now()
    for (const watched of machines.values()) {
      const gone = [...watched.watchers].filter(([, { until }]) => until < now)
      for (const [name] of gone) watched.watchers.delete(name)
      if (gone.length > 0) settle(watched)
    }
    if (expiry !== null && [...machines.values()].every(({ watchers }) => watchers.size === 0)) {
      clearInterval(expiry)
      expiry = null
    }
  }

  return {
    watch: ({ machine, intervalMs, watcher, history }) => {
      const watched = watchedOf(machine)
      const isNew = !watched.watchers.has(watcher)
      watched.watchers.set(watcher, { intervalMs, until: performance.now() + leaseMs })
      // What has been given up is tried again for whoever comes anew.
      if (isNew && watched.sampler.state().state === 'failed') watched.sampler.stop()
      settle(watched)
      expiry ??= setInterval(expire, Math.min(1000, leaseMs))
      return { state: watched.sampler.state(), history: history ? watched.sampler.history() : [] }
    },
    leave: ({ machine, watcher }) => {
      const watched = machines.get(machine)
      if (watched?.watchers.delete(watcher)) settle(watched)
    },
    restart: () => {
      for (const { sampler, intervalMs } of machines.values()) if (!['stopped', 'failed'].includes(sampler.state().state)) sampler.start(intervalMs)
    },
    close: () => {
      if (expiry !== null) clearInterval(expiry)
      for (const { sampler } of machines.values()) sampler.stop()
      machines.clear()
    }
  }
}
