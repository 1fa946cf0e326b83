import { computed, onActivated, onDeactivated, onScopeDispose, ref, watch, type ComputedRef, type Ref } from 'vue'
import { MONITOR_INTERVAL_MS, type Finding, type MachineRef, type MonitorState, type Sample } from '#shared/contract/index.ts'
import { useErrorText } from '../../composables/useErrorText.ts'
import { usePageVisible } from '../../composables/usePageVisible.ts'
import { useMonitorStore } from '../../stores/monitorStore.ts'

const WATCHER = `view-${Math.random().toString(36).slice(2, 10)}`

export interface Monitor {
  readonly samples: ComputedRef<readonly Sample[]>
  readonly latest: ComputedRef<Sample | undefined>
  readonly state: ComputedRef<MonitorState['state'] | 'paused' | 'unreachable'>
  /** Why there are no new readings; empty when there are. */
  readonly trouble: ComputedRef<readonly Finding[]>
  readonly errorText: ComputedRef<string>
  readonly paused: Readonly<Ref<boolean>>
  readonly intervalMs: Readonly<Ref<number>>
  readonly togglePause: () => void
  readonly setInterval: (milliseconds: number) => void
}

/** Live readings of a machine for as long as this view is in sight, known to have devices, and not paused. */
export function useMonitor (machine: MachineRef, worthwhile: () => boolean): Monitor {
  const store = useMonitorStore()
  const errorText = useErrorText()
  const pageVisible = usePageVisible()
  const active = ref(true)
  const paused = ref(false)
  const intervalMs = ref<number>(MONITOR_INTERVAL_MS.usual)
  const frozen = ref<readonly Sample[]>([])

  const watched = computed(() => store.of(machine))
  const looking = computed(() => active.value && pageVisible.value && !paused.value && worthwhile())
  const leave = () => store.leave(machine, WATCHER)

  watch([looking, intervalMs], () => {
    if (looking.value) store.watch(machine, WATCHER, intervalMs.value)
    else leave()
  }, { immediate: true })
  watch(paused, (isPaused) => {
    frozen.value = isPaused ? watched.value.samples : []
  })
  onActivated(() => { active.value = true })
  onDeactivated(() => { active.value = false })
  onScopeDispose(leave)

  const samples = computed(() => paused.value ? frozen.value : watched.value.samples)
  return {
    samples,
    latest: computed(() => samples.value.at(-1)),
    state: computed(() => paused.value ? 'paused' : watched.value.error ? 'unreachable' : watched.value.state?.state ?? 'starting'),
    trouble: computed(() => {
      const { state } = watched.value
      return !paused.value && state?.finding && state.state !== 'running' ? [state.finding] : []
    }),
    errorText: computed(() => watched.value.error ? errorText(watched.value.error) : ''),
    paused,
    intervalMs,
    togglePause: () => { paused.value = !paused.value },
    setInterval: (milliseconds) => { intervalMs.value = milliseconds }
  }
}
