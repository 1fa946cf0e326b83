import { MONITOR_INTERVAL_MS, type Detection, type Finding, type MachineRef, type MonitorState, type Sample } from '#shared/contract/index.ts'
import { finding } from '../finding.ts'
import { createBoard } from './board.ts'
import { isFinal } from './ending.ts'
import { createHistory } from './history.ts'
import type { Ending, OpenSource, Source } from './source.ts'

export interface SamplerOptions {
  readonly machine: MachineRef
  /** What the machine has. */
  readonly look: () => Promise<Detection>
  readonly open: OpenSource
  readonly onSample: (sample: Sample) => void
  readonly onState: (state: MonitorState) => void
  readonly timing?: Partial<Timing>
}

export interface Timing {
  /** Between attempts; after the last one it is left alone. */
  readonly pausesMs: readonly number[]
  /** Without a sample for twice the interval and this, it is slow. */
  readonly slowMs: number
  /** Without a sample for this long it is ended and started again. */
  readonly wedgedMs: number
  /** Sampling for this long, it has recovered. */
  readonly wellMs: number
  readonly checkMs: number
}

export const TIMING: Timing = { pausesMs: [1000, 2000, 5000, 15_000], slowMs: 2000, wedgedMs: 20_000, wellMs: 30_000, checkMs: 500 }

/** Samples closer together than this are not what was asked for, and are left out. */
const SHORTEST_MS = MONITOR_INTERVAL_MS.shortest / 4

/** Samples one machine for everybody who looks. */
export interface Sampler {
  readonly start: (intervalMs: number) => void
  readonly stop: () => void
  readonly state: () => MonitorState
  readonly history: () => Sample[]
}

/**
 * Keeps one source of samples going: says when it is slow, ends it when it is wedged, starts it again when it has ended, with
 * longer and longer pauses, and gives up with the reason. Never two sources, also not beside one that cannot be killed.
 */
export function createSampler ({ machine, look, open, onSample, onState, timing: given = {} }: SamplerOptions): Sampler {
  const timing = { ...TIMING, ...given }
  const history = createHistory()
  let state: MonitorState = { machine, state: 'stopped', finding: null, restarts: 0, intervalMs: 0 }
  let wanted = 0
  /** Raised by every start and stop: whatever belongs to an older one is ignored. */
  let turn = 0
  let source: Source | null = null
  /** Ended, but perhaps not gone. */
  let leaving: Source[] = []
  let lastSample = 0
  let runningSince = 0
  let lastCheck = 0
  let pause: NodeJS.Timeout | null = null
  let checks: NodeJS.Timeout | null = null

  const show = (change: Partial<MonitorState>): void => {
    const next = { ...state, ...change }
    if (next.state === state.state && next.finding?.code === state.finding?.code && next.finding?.detail === state.finding?.detail && next.restarts === state.restarts && next.intervalMs === state.intervalMs) return
    state = next
    onState(state)
  }
  const leave = (): void => {
    if (source !== null) {
      source.stop()
      leaving.push(source)
    }
    source = null
  }
  const halt = (): void => {
    turn++
    leave()
    if (pause !== null) clearTimeout(pause)
    if (checks !== null) clearInterval(checks)
    pause = checks = null
  }
  const fail = (found: Finding): void => {
    halt()
    show({ state: 'failed', finding: found })
  }
  const after = (ms: number, run: () => void): void => {
    const mine = turn
    pause = setTimeout(() => { if (mine === turn) run() }, ms)
  }

  const begin = async (): Promise<void> => {
    const mine = turn
    let detection: Detection
    try {
      detection = await look()
    } catch (error) {
      if (mine === turn) ended({ finding: finding('failed', (error as Error).message), isFinal: false })
      return
    }
    if (mine !== turn) return
    const failure = detection.findings.find(({ code }) => code.startsWith('ssh-') && code !== 'ssh-mux' && code !== 'ssh-timed-out')
    if (failure !== undefined) return ended({ finding: failure, isFinal: isFinal(failure.code) })
    if (!detection.gpus.some(({ asleep }) => !asleep)) return fail(detection.findings.find(({ severity }) => severity === 'error') ?? finding('monitor-nothing'))
    openWhenAlone(detection)
  }
  /** One that hangs in the driver outlives its kill; a second beside it would hang too. */
  const openWhenAlone = (detection: Detection): void => {
    leaving = leaving.filter((one) => !one.isGone())
    if (leaving.length > 0) {
      show({ finding: finding('timed-out') })
      return after(timing.checkMs, () => { openWhenAlone(detection) })
    }
    const mine = turn
    lastSample = performance.now()
    const board = createBoard(detection, Math.max(12_000, 3 * wanted + 2000))
    source = open({
      detection,
      intervalMs: wanted,
      board,
      onSample: () => { if (mine === turn) sampled(board.sample(new Date())) },
      onEnd: (ending) => { if (mine === turn) ended(ending) }
    })
  }
  const sampled = (sample: Sample): void => {
    if (sample.devices.length === 0) return
    const now = performance.now()
    const isFlood = state.state === 'running' && now - lastSample < SHORTEST_MS
    if (isFlood) return
    if (state.state !== 'running') runningSince = now
    lastSample = now
    history.add(sample)
    show({ state: 'running', finding: null, intervalMs: source?.intervalMs() ?? wanted, ...state.state === 'running' && now - runningSince > timing.wellMs ? { restarts: 0 } : {} })
    onSample(sample)
  }
  const ended = ({ finding: found, isFinal: isLast, isTrial = false }: Ending): void => {
    leave()
    const next = timing.pausesMs[state.restarts]
    if (isLast || (next === undefined && !isTrial)) return fail(found)
    if (isTrial) return after(0, () => { void begin() })
    show({ state: 'restarting', finding: found, restarts: state.restarts + 1 })
    after(next!, () => { void begin() })
  }
  const check = (): void => {
    const now = performance.now()
    // The computer slept, or this process did: nobody else is to blame.
    if (now - lastCheck > timing.checkMs + 5000) lastSample = now
    lastCheck = now
    if (source === null) return
    const silent = now - lastSample
    if (silent > Math.max(timing.wedgedMs, 3 * source.intervalMs())) return ended({ finding: { ...finding('monitor-silent'), severity: 'error' }, isFinal: false })
    if (state.state === 'running' && silent > 2 * source.intervalMs() + timing.slowMs) show({ state: 'slow', finding: { ...finding('monitor-silent'), severity: 'warning' } })
  }

  return {
    start: (intervalMs) => {
      halt()
      wanted = intervalMs
      lastCheck = performance.now()
      show({ state: 'starting', finding: null, restarts: 0, intervalMs })
      checks = setInterval(check, timing.checkMs)
      void begin()
    },
    stop: () => {
      if (state.state === 'stopped') return
      halt()
      show({ state: 'stopped', finding: null, restarts: 0 })
    },
    state: () => state,
    history: history.list
  }
}
