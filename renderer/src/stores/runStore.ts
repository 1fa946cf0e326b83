import { defineStore } from 'pinia'
import { computed, shallowRef } from 'vue'
import type { HostError, MeasuredRun, MeasuredRunDraft, MeasuredRunSummary } from '#shared/contract/index.ts'
import { estimate } from '#shared/memory/index.ts'
import { host } from '../host/client.ts'
import { useMonitorStore } from './monitorStore.ts'
import { useNoticeStore } from './noticeStore.ts'
import { predictionOf } from './prediction.ts'
import { draftOf, withSample, type Prediction, type Recording, type RunSetup } from './recording.ts'

/** Names the recording among those who look at a machine. */
const WATCHER = `run-${Math.random().toString(36).slice(2, 10)}`

/** The run that is being measured, and the measured runs kept with each scenario. */
export const useRunStore = defineStore('runs', () => {
  const monitor = useMonitorStore()
  const notices = useNoticeStore()
  const recording = shallowRef<Recording | null>(null)
  const kept = shallowRef<ReadonlyMap<string, readonly MeasuredRunSummary[]>>(new Map())
  const listError = shallowRef<HostError | null>(null)
  const going = computed(() => recording.value !== null && recording.value.endedAt === null)
  let forget = (): void => {}

  /** What the scenario's plan is expected to take on such a card; an error when it cannot be opened or has no estimate. */
  async function predict (scenarioId: string, computeCapability: string | null): Promise<Prediction | HostError> {
    const reply = await host.invoke('scenario.open', { id: scenarioId })
    if (!reply.ok) return reply.error
    const result = estimate(reply.value.plan, { depth: 'full', computeCapability })
    return result.ok ? predictionOf(result.value) : { code: 'scenario-unreadable', message: 'The plan has no estimate', details: { id: scenarioId, state: 'unreadable', problems: result.problems } }
  }

  function start (setup: RunSetup): void {
    stop()
    recording.value = { ...setup, startedAt: new Date().toISOString(), endedAt: null, points: [], peak: null, lost: false }
    monitor.watch(setup.machine, WATCHER, setup.intervalMs)
    forget = monitor.onSample((machine, sample) => {
      if (recording.value && machine === recording.value.machine) recording.value = withSample(recording.value, sample)
    })
  }

  /** Ends the measuring. What was measured stays until it is kept or discarded. */
  function stop (): void {
    forget()
    forget = () => {}
    if (!recording.value || recording.value.endedAt !== null) return
    monitor.leave(recording.value.machine, WATCHER)
    recording.value = { ...recording.value, endedAt: new Date().toISOString() }
  }

  function discard (): void {
    stop()
    recording.value = null
  }

  async function refresh (scenarioId: string): Promise<void> {
    const reply = await host.invoke('run.list', { scenarioId })
    listError.value = reply.ok ? null : reply.error
    if (reply.ok) kept.value = new Map(kept.value).set(scenarioId, reply.value)
  }

  async function add (draft: MeasuredRunDraft): Promise<HostError | null> {
    const reply = await host.invoke('run.save', draft)
    if (!reply.ok) return reply.error
    await refresh(draft.scenarioId)
    return null
  }

  /** Keeps the measured run with its scenario. Null when it is on disk, else why not. */
  async function keep (note: string): Promise<HostError | null> {
    stop()
    const draft = recording.value && draftOf(recording.value, note, new Date())
    if (!draft) return null
    const error = await add(draft)
    if (!error) recording.value = null
    return error
  }

  async function open (id: string): Promise<MeasuredRun | HostError> {
    const reply = await host.invoke('run.open', { id })
    return reply.ok ? reply.value : reply.error
  }

  async function remove (run: MeasuredRunSummary): Promise<HostError | null> {
    // The points are read first: the undo needs them.
    const whole = await open(run.id)
    if ('code' in whole) return whole
    const reply = await host.invoke('run.remove', { id: run.id })
    if (!reply.ok) return reply.error
    await refresh(run.scenarioId)
    notices.show('notice.runRemoved', { values: { device: run.deviceName }, action: { label: 'action.undo', run: () => void restore(whole) } })
    return null
  }

  async function restore ({ id: _, ...draft }: MeasuredRun): Promise<void> {
    const error = await add(draft)
    if (error) notices.show('notice.restoreFailed', { kind: 'error', values: { reason: error.message } })
  }

  return { recording, going, kept, listError, predict, start, stop, discard, keep, refresh, open, remove }
})
