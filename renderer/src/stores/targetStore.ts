import { defineStore } from 'pinia'
import { computed } from 'vue'
import { resolveTarget } from '#shared/contract/index.ts'
import type { Target } from '#shared/fit/index.ts'
import { useHardwareStore } from './hardwareStore.ts'
import { useMachineStore } from './machineStore.ts'
import { usePlanStore } from './planStore.ts'
import { viewSource } from './targetSources.ts'
import { tellApart } from './tellApart.ts'

/** The hardware the plan is judged against: machines, cards of the catalog, or both. */
export const useTargetStore = defineStore('target', () => {
  const planStore = usePlanStore()
  const hardware = useHardwareStore()
  const machines = useMachineStore()

  const resolved = computed(() => resolveTarget(planStore.target, {
    detectionOf: (machine) => hardware.readingOf(machine).detection,
    machineById: machines.find
  }))
  const target = computed<Target>(() => ({ ...resolved.value.target, devices: tellApart(resolved.value.target.devices) }))
  const includesMachine = computed(() => planStore.target.sources.some((source) => source.kind === 'machine' && source.machine === 'local'))
  /** Each source with its name and state, in the order in which they were added. */
  const sources = computed(() => planStore.target.sources.map((source) => viewSource(source, {
    readingOf: hardware.readingOf,
    machineById: machines.find,
    hostNamed: machines.findHost
  })))
  /** Cards of the catalog whose memory is unknown, or that this catalog does not have; machines that were removed. */
  const gone = computed(() => {
    const missing = new Set(resolved.value.missing)
    return sources.value.filter(({ source }) => source.kind !== 'machine' && missing.has(source))
  })

  return { target, includesMachine, sources, gone }
})
